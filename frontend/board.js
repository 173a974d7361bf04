// One plain page: the boards of all competitions, moving by themselves.
import { element, get, lang, onLanguage, pick, renderTexts, t, time } from "/assets/page.js";

const state = { phases: [], board: null, ranks: new Map(), events: null };

function option(value, text) {
  const node = document.createElement("option");
  node.value = value;
  node.textContent = text;
  return node;
}

function cell(tag, text, wide = false) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (tag === "th") node.scope = "col";
  node.classList.toggle("wide", wide);
  return node;
}

async function loadPhases() {
  const { items } = await get("/competitions?limit=200");
  const competitions = await Promise.all(items.map(({ slug }) => get(`/competitions/${encodeURIComponent(slug)}`)));
  state.phases = competitions.flatMap((competition) =>
    competition.tracks.flatMap((track) => track.phases.map((phase) => ({ competition, track, phase }))),
  );
}

const current = () => state.phases.find(({ phase }) => phase.id === element("phase").value);

function phaseName({ competition, track, phase }) {
  const names = [pick(competition.title)];
  if (competition.tracks.length > 1) names.push(pick(track.title));
  if (track.phases.length > 1) names.push(pick(phase.title));
  return names.join(" · ");
}

// Selections survive a change of language and live in the address, so that a board can be linked to.
function renderFilters() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const select = element("phase");
  select.replaceChildren(...state.phases.map((entry) => option(entry.phase.id, phaseName(entry))));
  if (state.phases.some(({ phase }) => phase.id === wanted.get("phase"))) select.value = wanted.get("phase");
  const divisions = current()?.competition.divisions ?? [];
  element("division").replaceChildren(
    option("", t("allDivisions")),
    ...divisions.map((division) => option(division.slug, pick(division.title))),
  );
  if (divisions.some(({ slug }) => slug === wanted.get("division"))) element("division").value = wanted.get("division");
  element("split").replaceChildren(option("public", t("public")), option("private", t("private")));
  element("split").value = wanted.get("split") === "private" ? "private" : "public";
}

function remember() {
  const selected = { phase: element("phase").value, division: element("division").value, split: element("split").value };
  history.replaceState(null, "", "#" + new URLSearchParams(selected));
}

function renderHeading() {
  renderTexts();
  const entry = current();
  element("competition-title").textContent = entry ? pick(entry.competition.title) : t("none");
  element("summary").textContent = entry ? pick(entry.competition.summary) : t("noneHint");
  document.title = entry ? `${pick(entry.competition.title)} · Đấu Trí` : "Đấu Trí";
  element("filters").hidden = !entry;
  element("board").hidden = !entry;
}

function renderRow(row, columns) {
  const node = document.createElement("tr");
  const team = cell("td", row.team.name);
  const division = document.createElement("small");
  division.textContent = pick(row.team.division.title);
  team.append(division);
  node.append(cell("td", row.rank), team);
  columns.forEach(({ metric, precision }, index) => {
    const value = row.values[metric];
    const format = new Intl.NumberFormat(lang(), { minimumFractionDigits: precision, maximumFractionDigits: precision });
    node.append(cell("td", value === undefined ? "–" : format.format(value), index > 0));
  });
  node.append(cell("td", row.entries, true), cell("td", time(row.last_at), true));
  const before = state.ranks.get(row.team.id);
  const key = JSON.stringify([row.rank, row.values]);
  node.classList.toggle("moved", state.ranks.size > 0 && before !== key);
  return [node, row.team.id, key];
}

function renderBoard() {
  const { board } = state;
  if (!board) return;
  element("caption").textContent = t("title");
  element("columns").replaceChildren(
    cell("th", t("rank")),
    cell("th", t("team")),
    ...board.columns.map((column, index) => cell("th", pick(column.title), index > 0)),
    cell("th", t("entries"), true),
    cell("th", t("last"), true),
  );
  const rows = board.rows.map((row) => renderRow(row, board.columns));
  element("rows").replaceChildren(...rows.map(([node]) => node));
  state.ranks = new Map(rows.map(([, team, key]) => [team, key]));
  showEmpty(rows.length === 0 ? t("empty") : "");
  element("notice").hidden = !board.frozen_at;
  element("notice").textContent = board.frozen_at ? t("frozen", { time: time(board.frozen_at) }) : "";
}

function showEmpty(text) {
  element("empty").textContent = text;
  element("empty").hidden = !text;
  element("empty").previousElementSibling.hidden = Boolean(text);
}

async function loadBoard() {
  const entry = current();
  if (!entry) return;
  const query = new URLSearchParams({ split: element("split").value });
  if (element("division").value) query.set("division", element("division").value);
  try {
    state.board = await get(`/phases/${entry.phase.id}/board?${query}`);
    renderBoard();
  } catch (error) {
    state.board = null;
    element("notice").hidden = true;
    showEmpty(error.sentence ?? t("offline"));
  }
}

function status(key, values) {
  element("status").textContent = t(key, values);
  element("pulse").classList.toggle("off", key === "offline");
}

function follow() {
  state.events?.close();
  const entry = current();
  if (!entry) return;
  state.events = new EventSource(`/api/v1/events?topics=board:${entry.phase.id}`);
  // Whatever happened while nobody listened: the board is read again at every (re)connection.
  state.events.addEventListener("ready", () => { status("live"); void loadBoard(); });
  state.events.addEventListener("reset", () => void loadBoard());
  state.events.addEventListener("board", () => {
    status("moved", { time: time(Date.now()) });
    void loadBoard();
  });
  state.events.onerror = () => status("offline");
}

function select({ phaseChanged }) {
  state.ranks = new Map();
  state.board = null;
  remember();
  if (phaseChanged) renderFilters();
  renderHeading();
  if (phaseChanged) follow();
  else void loadBoard();
}

element("phase").addEventListener("change", () => select({ phaseChanged: true }));
element("division").addEventListener("change", () => select({ phaseChanged: false }));
element("split").addEventListener("change", () => select({ phaseChanged: false }));
onLanguage(() => {
  renderFilters();
  renderHeading();
  renderBoard();
  if (state.events) status("live");
});

renderHeading();
try {
  await loadPhases();
  renderFilters();
  renderHeading();
  follow();
} catch {
  status("offline");
}
