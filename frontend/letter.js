// Where the links of letters lead: confirm an address, choose a new password. Nothing happens before the button
// is pressed, for mail programs open links by themselves.
import { texts } from "/assets/letter-texts.js";

const API = "/api/v1";
const element = (id) => document.getElementById(id);
const [, kind, code = ""] = location.pathname.split("/");
const page = kind === "reset" && !code ? "forgot" : kind;
const state = { lang: localStorage.getItem("lang") ?? "vi", done: false, problem: null };
const t = (key) => texts[state.lang][key];

const pages = {
  confirm: { fields: [], call: () => ["POST", `/confirmations/${encodeURIComponent(code)}`] },
  reset: {
    fields: ["password"],
    call: () => ["PUT", `/password-resets/${encodeURIComponent(code)}`, { password: element("password").value }],
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
  element("form").hidden = state.done;
  const result = state.done ? t(`${page}Done`) : state.problem?.[state.lang] ?? (state.problem ? t("offline") : "");
  element("result").hidden = !result;
  element("result").textContent = result;
}

element("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  element("act").disabled = true;
  try {
    state.problem = await send(pages[page].call());
    state.done = !state.problem;
  } catch {
    state.problem = {};
  }
  element("act").disabled = false;
  render();
});
element("language").addEventListener("click", () => {
  state.lang = state.lang === "vi" ? "en" : "vi";
  localStorage.setItem("lang", state.lang);
  render();
});
render();
