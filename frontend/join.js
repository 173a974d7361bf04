// Where an invitation's link leads: who invites, and one step to join, with or without an account.
import { call, element, get, onLanguage, pick, renderTexts, t, time } from "/assets/page.js";

const code = location.pathname.split("/").pop();
const state = { invitation: null, documents: null, user: null, team: null, refusal: null };

function show(id, shown, text) {
  element(id).hidden = !shown;
  if (text !== undefined) element(id).textContent = text;
}

function welcome() {
  const { invitation, team } = state;
  if (team) return t("joined", { team: team.name });
  return invitation ? t("joinTo", { team: invitation.team.name }) : t("loading");
}

function render() {
  renderTexts();
  const { invitation, user, team, refusal } = state;
  document.title = `${t("joinTitle")} · Đấu Trí`;
  show("to", invitation !== null || refusal === null, welcome());
  const facts = invitation && {
    competition: pick(invitation.competition.title),
    division: pick(invitation.team.division.title),
    time: time(invitation.expires_at),
  };
  show("of", facts !== null && team === null, facts ? t("joinOf", facts) : "");
  show("refusal", refusal !== null, refusal ? (refusal.sentence ?? t("offline")) : "");
  const consentNeeded = refusal?.problem?.code === "consent-needed";
  show("member", invitation !== null && user !== null && team === null && !consentNeeded);
  show("consent", consentNeeded && team === null);
  show("as", user !== null, user ? t("joinAs", { name: user.name }) : "");
  show("guest", invitation !== null && user === null && team === null);
  show("documents", invitation !== null && team === null);
  element("texts").replaceChildren(...Object.values(state.documents ?? {}).flatMap(({ title, body }) => [
    Object.assign(document.createElement("h2"), { textContent: pick(title) }),
    Object.assign(document.createElement("p"), { textContent: pick(body), className: "document" }),
  ]));
  show("done", team !== null);
}

// The versions that the reader has before them: an older one is no consent.
const agreed = () =>
  Object.fromEntries(Object.entries(state.documents).map(([name, { version }]) => [name, version]));

// Does one step of the reader's; what the server refuses is shown, and the step can be repeated.
async function attempt(step) {
  state.refusal = null;
  try {
    await step();
  } catch (error) {
    state.refusal = error;
  }
  render();
}

async function join() {
  state.team = await call("POST", `/invitations/${encodeURIComponent(code)}`);
}

function onSubmit(form, step) {
  element(form).addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target));
    void attempt(async () => {
      await step(fields);
      await join();
    });
  });
}

onSubmit("sign-up", async (fields) => {
  state.user = await call("POST", "/accounts", { ...fields, agreed: agreed() });
});
onSubmit("log-in", async (fields) => {
  state.user = await call("POST", "/session", fields);
});
onSubmit("consent", () => call("PUT", "/me/consents", agreed()));
element("join").addEventListener("click", () => void attempt(join));
onLanguage(render);
render();
await attempt(async () => {
  state.documents = await get("/privacy");
  state.invitation = await get(`/invitations/${encodeURIComponent(code)}`);
  state.user = await get("/session").catch((error) => {
    if (error.status === 401) return null;
    throw error;
  });
});
