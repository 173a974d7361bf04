// Where the links of letters lead: confirm an address, choose a new password, agree as a guardian. Nothing happens before the button
// is pressed, for mail programs open links by themselves.
import { texts } from "/assets/letter-texts.js";

const API = "/api/v1";
const element = (id) => document.getElementById(id);
const [, kind, code = ""] = location.pathname.split("/");
const page = kind === "reset" && !code ? "forgot" : kind;
const state = { lang: localStorage.getItem("lang") ?? "vi", done: "", problem: null, ward: null };
const t = (key) => texts[state.lang][key];

const pages = {
  confirm: { fields: [], call: () => ["POST", `/confirmations/${encodeURIComponent(code)}`] },
  reset: {
    fields: ["password"],
    call: () => ["PUT", `/password-resets/${encodeURIComponent(code)}`, { password: element("password").value }],
  },
  guardian: {
    fields: ["name"],
    call: () => [
      "POST",
      `/guardians/${encodeURIComponent(code)}`,
      { name: element("name").value, version: state.ward?.privacy.version ?? "" },
    ],
  },
  forgot: { fields: ["email"], call: () => ["POST", "/password-resets", { email: element("email").value }] },
};

async function send([method, path, body]) {
  const request = { method, headers: { accept: "application/json" } };
  if (body) {
    request.headers["content-type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  const answer = await fetch(API + path, request);
  return answer.ok ? null : answer.json();
}

function render() {
  document.documentElement.lang = state.lang;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  element("language").textContent = t("other");
  element("language").lang = state.lang === "vi" ? "en" : "vi";
  element("title").textContent = t(`${page}Title`);
  element("lead").textContent = t(`${page}Lead`);
  element("act").textContent = t(`${page}Act`);
  for (const field of pages[page].fields) element(`${field}-field`).hidden = false;
  document.title = `${t(`${page}Title`)} · Đấu Trí`;
  element("form").hidden = Boolean(state.done);
  renderWard();
  const result = state.done ? t(state.done) : state.problem?.[state.lang] ?? (state.problem ? t("offline") : "");
  element("result").hidden = !result;
  element("result").textContent = result;
}

// Whom a guardian is asked about, and what they agree to.
function renderWard() {
  const { ward } = state;
  element("ward").hidden = !ward;
  element("notice-field").hidden = !ward;
  element("withdraw").hidden = !ward?.consented;
  if (!ward) return;
  element("ward").textContent = t(ward.consented ? "wardConsented" : "ward").replace("{name}", ward.name);
  element("notice-title").textContent = ward.privacy.title[state.lang];
  element("notice-body").textContent = ward.privacy.body[state.lang];
}

async function act(call, done) {
  element("act").disabled = element("withdraw").disabled = true;
  try {
    state.problem = await send(call);
    state.done = state.problem ? "" : done;
  } catch {
    state.problem = {};
  }
  element("act").disabled = element("withdraw").disabled = false;
  render();
}

async function loadWard() {
  const answer = await fetch(`${API}/guardians/${encodeURIComponent(code)}`, { headers: { accept: "application/json" } });
  const body = await answer.json();
  if (answer.ok) state.ward = body;
  else state.problem = body;
  render();
}

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void act(pages[page].call(), `${page}Done`);
});
element("withdraw").addEventListener("click", () => {
  void act(["DELETE", `/guardians/${encodeURIComponent(code)}`], "withdrawn");
});
element("language").addEventListener("click", () => {
  state.lang = state.lang === "vi" ? "en" : "vi";
  localStorage.setItem("lang", state.lang);
  render();
});
render();
if (page === "guardian") await loadWard();
