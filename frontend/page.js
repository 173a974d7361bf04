// What every page shares: the language, its texts, the API.
import { texts } from "/assets/texts.js";

const API = "/api/v1";
export const element = (id) => document.getElementById(id);
let language = localStorage.getItem("lang") === "en" ? "en" : "vi";

export const lang = () => language;
export const t = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), texts[language][key]);
export const pick = (text) => text[language];
export const time = (instant) =>
  new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" }).format(new Date(instant));

// A refusal of the server. It keeps both sentences, so that it can follow a change of language.
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.en ?? problem.code);
    this.status = status;
    this.problem = problem;
  }

  get sentence() {
    return this.problem[language] ?? this.message;
  }
}

export async function call(method, path, body) {
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  const answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refusal(answer.status, value ?? {});
  return value;
}

export const get = (path) => call("GET", path);

export function renderTexts() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  element("language").textContent = t("other");
  element("language").lang = language === "vi" ? "en" : "vi";
}

// Calls `render` when the reader changes the language.
export function onLanguage(render) {
  element("language").addEventListener("click", () => {
    language = language === "vi" ? "en" : "vi";
    localStorage.setItem("lang", language);
    render();
  });
}
