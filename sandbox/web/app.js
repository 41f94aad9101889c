// The page: keeps what the server tells in `state`, draws it, and sends what people do.
import { bubble, make } from "./messages.js";
import { drawScenes, follow } from "./scenes.js";

const $ = (selector, root = document) => root.querySelector(selector);
// The sides of the page: a phone in each messenger, and the desk, which is in either of them.
const PHONES = { phone: "telegram", max: "max" };
const SIDES = [...Object.keys(PHONES), "desk"];
const state = { chats: new Map(), people: [], desks: [], scenes: [], status: {}, bots: {}, trace: [] };
const seen = { person: {}, school: 0, schools: "", topic: null, unread: new Set(), reply: {}, change: {}, typing: {}, drawn: new Map(), moved: null };
const pace = Number(new URLSearchParams(location.search).get("pace") ?? 1);
let socket = null;
let pause = 250;

// --- the connection ---------------------------------------------------------------------------------------------

function connect() {
  socket = new WebSocket(`ws://${location.host}/ws`);
  socket.onopen = () => { pause = 250; };
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onclose = () => {
    $("#lamp").dataset.state = "lost";
    $("#lamp").textContent = "Связь потеряна, соединяюсь…";
    setTimeout(connect, pause = Math.min(pause * 2, 4000));
  };
}

function ask(action, details = {}) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ do: action, ...details }));
  else toast("Нет связи с показом. Сейчас вернётся.");
}

const TAKERS = {
  state(told) {
    for (const name of ["bots", "people", "desks", "scenes", "trace"]) state[name] = told[name];
    state.chats = new Map(told.chats.map((chat) => [chat.id, { ...chat, messages: new Map(chat.messages.map((one) => [one.id, one])) }]));
    for (const [side, messenger] of Object.entries(PHONES)) {
      seen.person[side] ??= people(side)[0].id;
      $(`#bot-${side}`).textContent = told.bots[messenger].name;
    }
    state.status = {};
    TAKERS.status(told.status);
    for (const side of Object.keys(PHONES)) { drawPeople(side); drawTalk(side); }
    drawTrace();
    if (told.remembered) toast("База помнит прошлый показ, а переписка началась заново.");
    story(told.cue.over ? "" : told.cue.tell);
  },
  status(told) {
    const before = state.status, had = before.desks?.[seen.school];
    seen.school = Math.min(seen.school, told.desks.length - 1);
    if (told.bot === "off" && before.bot === "starting") toast(`Бот не запустился: ${told.words}`);
    state.status = told;
    drawStatus();
    if (JSON.stringify(before.blocked) !== JSON.stringify(told.blocked)) for (const side of Object.keys(PHONES)) drawTalk(side);
    if (before.desks && told.desks.length > before.desks.length) seen.school = 1;
    if (had !== deskId()) moveDesk(before.desks?.length === told.desks.length);
  },
  message({ chat, message }) {
    const fresh = !state.chats.get(chat).messages.has(message.id);
    const side = sideOf(chat);
    state.chats.get(chat).messages.set(message.id, message);
    if (side === null) { if (state.status.desks.includes(chat)) { seen.unread.add(`g${chat}`); drawSchools(); } return; }
    if (fresh && message.bot) {
      calm(side);
      if (document.body.dataset.side !== side) $(`#to-${side}`).classList.add("unread");
    }
    if (side !== "desk" && chat !== chatOf(side)) { seen.unread.add(chat); drawPeople(side); }
    if (side === "desk" && (message.thread ?? null) !== seen.topic) { seen.unread.add(`t${message.thread}`); drawTopics(); }
    redraw(chat);
  },
  deleted({ chat, id }) { state.chats.get(chat).messages.delete(id); redraw(chat); },
  reaction({ chat, id, reaction }) {
    const message = state.chats.get(chat).messages.get(id);
    if (message) { message.reaction = reaction; redraw(chat); }
  },
  topics({ chat, topics: told }) {
    const before = new Set(topics().map((topic) => topic.id));
    state.chats.get(chat).topics = told;
    if (chat !== deskId()) return;
    const made = told.find((topic) => !before.has(topic.id));
    const gone = seen.topic !== null && !told.some((topic) => topic.id === seen.topic);
    if (gone) seen.topic = told[0]?.id ?? null;
    if (made && !field("desk").value) openTopic(made.id);
    else { drawTopics(); if (gone) drawTalk("desk"); }
  },
  action({ chat, thread }) {
    const side = sideOf(chat);
    if (side === null || (side === "desk" ? (thread ?? null) !== seen.topic : chat !== chatOf(side))) return;
    $(`#typing-${side}`).textContent = "печатает…";
    clearTimeout(seen.typing[side]);
    seen.typing[side] = setTimeout(() => calm(side), 5000);
  },
  answered({ chat, id, data, text, alert }) {
    const side = sideOf(chat);
    for (const key of document.querySelectorAll(".key.waiting")) {
      if (key.dataset.id === String(id) && key.dataset.data === data) key.classList.remove("waiting");
    }
    if (text && alert) choose(text, []);
    else if (text && side) toast(text, side);
  },
  trace({ trace }) {
    state.trace = [...state.trace.slice(-59), trace];
    if ($(".trace").open) drawTrace();
  },
  cue(cue) { follow(cue, PAGE); },
  oops() { toast("Так не получилось. Возможно, сообщение или тему уже удалили."); },
};

function take(told) { TAKERS[told.t]?.(told); }

// --- what is shown ----------------------------------------------------------------------------------------------

const people = (side) => state.people.filter((one) => one.messenger === PHONES[side]);
const deskId = () => state.status.desks?.[seen.school];
const desk = () => state.desks.find((one) => one.id === deskId());
const topics = () => state.chats.get(deskId())?.topics ?? [];
const chatOf = (side) => (side === "desk" ? deskId() : state.people.find((one) => one.id === seen.person[side])?.chat);
// The side that shows a chat; none shows the desk that is not in use.
const sideOf = (chat) => (chat === deskId() ? "desk" : Object.keys(PHONES).find((side) => people(side).some((one) => one.chat === chat)) ?? null);
const field = (side) => $(`#${side}-form input[type=text]`);
const isBlocked = (side) => side !== "desk" && (state.status.blocked ?? []).includes(seen.person[side]);

function calm(side) { $(`#typing-${side}`).textContent = side === "desk" ? "" : "бот"; }

function redraw(chat) {
  const side = sideOf(chat);
  if (side && chat === chatOf(side)) drawTalk(side);
}

function visible(side) {
  const all = [...(state.chats.get(chatOf(side))?.messages.values() ?? [])];
  return side === "desk" ? all.filter((one) => (one.thread ?? null) === seen.topic) : all;
}

function grouped(messages) {
  const groups = [];
  for (const one of messages) {
    const last = groups.at(-1);
    if (one.group && last?.[0].group === one.group) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

// Only what changed is drawn anew: everything else keeps its focus, selection and place.
function drawTalk(side) {
  const box = $(`#${side}-talk`);
  const low = box.scrollHeight - box.scrollTop - box.clientHeight < 90;
  const chat = chatOf(side);
  let before = null;
  let focus = null;
  const nodes = grouped(visible(side)).map((group) => {
    const [first] = group;
    const sign = JSON.stringify([group, before, isBlocked(side)]);
    const old = seen.drawn.get(`${chat}-${first.id}`);
    const followed = before === first.from;
    before = first.service ? null : first.from;
    if (old?.sign === sign) return old.node;
    const mine = side === "desk" ? !first.bot : first.from === seen.person[side];
    const node = bubble(chat, group, mine, side === "desk" && !followed, acts(side));
    node.classList.toggle("more", followed);
    node.classList.toggle("changed", Boolean(old));
    if (old?.node.contains(document.activeElement)) focus = node;
    seen.drawn.set(`${chat}-${first.id}`, { sign, node });
    return node;
  });
  if (!nodes.length) nodes.push(empty(side));
  for (const child of [...box.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, at) => { if (box.children[at] !== node) box.insertBefore(node, box.children[at] ?? null); });
  if (focus) $(".key", focus)?.focus();
  if (low) scrollDown(side);
}

const EMPTY = {
  telegram: "Здесь появятся обращения семей: у каждого своя тема. Что напишете в теме, уйдёт семье.",
  max: "Здесь появятся обращения семей, у каждого своя карточка. Тем в MAX нет: нажмите ↩ у карточки и напишите ответ.",
};

function empty(side) {
  const words = side === "desk" ? EMPTY[desk().messenger] : "Бот поможет войти в электронный дневник через Госуслуги.";
  const begin = () => { if (!isBlocked(side)) ask("open", { person: seen.person[side], payload: "" }); };
  const start = make("button", { type: "button", className: "main", onclick: begin }, "Начать");
  return make("div", { className: "empty" }, make("p", {}, words), side === "desk" ? null : start);
}

const tabs = (side) => $(side === "max" ? "#people-max" : "#people");

function drawPeople(side) {
  const had = tabs(side).contains(document.activeElement);
  const now = seen.person[side];
  tabs(side).replaceChildren(...people(side).map((one) => make("button", {
    type: "button", role: "tab", id: `tab${one.id}`, tabIndex: one.id === now ? 0 : -1,
    ariaSelected: String(one.id === now), onclick: () => openPerson(one.id),
    className: seen.unread.has(one.chat) ? "unread" : "",
  }, one.tab)));
  for (const tab of tabs(side).children) tab.setAttribute("aria-controls", `${side}-panel`);
  $(`#${side}-panel`).setAttribute("aria-labelledby", `tab${now}`);
  if (had) $(`#tab${now}`).focus();
}

// The school's name in links: the second one's may be another after it was removed and added again.
const slug = () => (desk().school === 2 ? state.status.second : desk().slug);

// One school is the usual view; a press adds the second, and then each has its tab, and the operator has one.
function drawSchools() {
  const { desks: shown, adding } = state.status;
  const tabs = shown.map((id, at) => [state.desks.find((one) => one.id === id).tab, at === seen.school, seen.unread.has(`g${id}`)]);
  if (seen.schools === JSON.stringify([tabs, adding])) return;
  seen.schools = JSON.stringify([tabs, adding]);
  const one = shown.length === 1;
  $("#schools").replaceChildren(...(one ? [] : tabs).map(([tab, now, unread], at) => make("button", {
    type: "button", ariaPressed: String(now), className: unread ? "unread" : "", onclick: () => openSchool(at),
  }, tab)));
  $("#add-school").hidden = !one;
  $("#add-school").disabled = adding;
  $("#add-school").textContent = adding ? "Подключаю вторую школу…" : "+ Вторая школа";
  $("#family-link").hidden = one || !slug();
}

function openSchool(at) {
  seen.school = at;
  seen.unread.delete(`g${deskId()}`);
  moveDesk(false);
}

// The desk is in another chat than before, or the page has just come: all that belongs to it is drawn anew.
function moveDesk(told) {
  const { title, messenger, room, hint, people: administrators } = desk();
  const chosen = $("#admin").selectedOptions[0]?.textContent;
  $("#desk-title").textContent = title;
  $(".desk").dataset.messenger = messenger;
  if (room) $(".desk").dataset.room = room; else delete $(".desk").dataset.room;
  drawSchools();
  $("#admin").replaceChildren(...administrators.map((one) => make("option", { value: one.id, selected: one.name === chosen }, one.name)));
  const own = state.desks.filter((one) => one.school === desk().school);
  $("#desks").replaceChildren(...(own.length > 1 ? own : []).map((one) => make("button", {
    type: "button", ariaPressed: String(one.id === deskId()), onclick: () => ask("desk", { chat: one.id }),
  }, DESKS[one.messenger])));
  field("desk").placeholder = hint ?? (messenger === "max" ? "Ответ на карточку, // — заметка" : "Ответ семье, // — заметка");
  if (!topics().some((topic) => topic.id === seen.topic)) seen.topic = topics()[0]?.id ?? null;
  setReply("desk", null);
  calm("desk");
  drawTopics(); drawTalk("desk"); scrollDown("desk");
  if (told) {
    $("#moved").textContent = MOVED[messenger];
    $("#moved").hidden = false;
    clearTimeout(seen.moved);
    seen.moved = setTimeout(() => { $("#moved").hidden = true; }, 20000);
  }
}

const DESKS = { telegram: "Telegram: темы", max: "MAX: группа" };
const OLD = "Прежние обращения остались в прежнем чате: новая карточка придёт сюда, когда семья напишет, а все открытые покажет /open.";
const MOVED = {
  telegram: `Школа теперь отвечает в Telegram: у каждого обращения своя тема. Бот запускается с этой настройкой. ${OLD}`,
  max: `Школа теперь отвечает в MAX: тем там нет, отвечают на карточку. Бот запускается с этой настройкой. ${OLD}`,
};

function drawTopics() {
  const inTopics = desk().messenger === "telegram";
  const rows = [{ id: null, name: desk().room ?? (inTopics ? "Общая тема" : "Группа в MAX"), icon: "#", colour: "#7a8794" }, ...topics()];
  $("#topics").replaceChildren(...rows.map((topic) => {
    const mark = make("span", { className: "mark", ariaHidden: "true" }, topic.icon || topic.name.match(/\d+/)?.[0] || "•");
    mark.style.background = topic.colour;
    const button = make("button", { type: "button", onclick: () => openTopic(topic.id) }, mark, make("span", {}, topic.name + (topic.closed ? " 🔒" : "")));
    if (topic.id === seen.topic) button.setAttribute("aria-current", "true");
    if (seen.unread.has(`t${topic.id ?? undefined}`)) button.classList.add("unread");
    return make("li", {}, button);
  }));
  const chosen = $("#topics [aria-current]");
  chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const now = rows.find((topic) => topic.id === seen.topic) ?? rows[0];
  $("#topic-name").textContent = now.name;
  $("#switch-topic").hidden = $("#drop-topic").disabled = now.id === null;
  $("#switch-topic").textContent = now.closed ? "Открыть тему" : "Закрыть тему";
}

const LAMP = { on: "Бот работает", starting: "Бот запускается…", off: "Бот выключен" };

const TROUBLES = { 500: "Telegram отвечает 500", 429: "Telegram отвечает 429", "max-503": "MAX отвечает 503" };

function drawStatus() {
  const { bot, words, outbox, pending, troubles, scene, moving } = state.status;
  $("#lamp").dataset.state = bot;
  $("#lamp").textContent = moving ? "Бот переезжает…" : LAMP[bot];
  $("#lamp").title = words || "";
  $("#outbox").textContent = outbox ?? "–";
  $("#pending").textContent = pending;
  for (const id of ["outbox", "pending"]) $(`#${id}`).classList.toggle("some", Number($(`#${id}`).textContent) > 0);
  for (const chip of document.querySelectorAll("[data-trouble]")) {
    const left = troubles[chip.dataset.trouble];
    press(chip, left !== undefined, TROUBLES[chip.dataset.trouble] + (left === undefined ? "" : `: ещё ${left} с`));
  }
  for (const side of Object.keys(PHONES)) $(`#blocked-${side}`).hidden = !isBlocked(side);
  const blocked = isBlocked(lastPhone());
  press($("#block"), blocked, blocked ? "Семья разблокирует бота" : "Семья блокирует бота");
  press($("#kill"), bot === "off" && !moving, bot === "off" ? "Запустить бота снова" : "Бот упал");
  for (const choice of $("#desks").children) choice.disabled = moving;
  drawSchools();
  drawScenes(state.scenes, scene, (key) => ask("scene", { key, on: scene !== key, pace }));
}

function press(button, on, words) {
  button.setAttribute("aria-pressed", String(on));
  button.firstElementChild.textContent = words;
}

function drawTrace() {
  const opened = new Set([...document.querySelectorAll("#trace details[open]")].map((one) => one.dataset.key));
  $("#trace").replaceChildren(...[...state.trace].reverse().map((one) => {
    const key = `${one.at}${one.name}`;
    const head = make("summary", {}, make("time", {}, new Date(one.at * 1000).toLocaleTimeString("ru")),
      make("b", { className: one.error ? "bad" : one.kind }, one.kind === "update" ? `→ ${one.name}` : one.name), make("span", {}, one.error || ""));
    return make("li", {}, make("details", { data: { key }, open: opened.has(key) }, head, make("pre", {}, JSON.stringify(one.body, null, 1))));
  }));
}

const lastPhone = () => document.body.dataset.phone;

function openPerson(id) {
  const { messenger, chat } = state.people.find((one) => one.id === id);
  const side = Object.keys(PHONES).find((one) => PHONES[one] === messenger);
  seen.person[side] = id;
  seen.unread.delete(chat);
  document.body.dataset.phone = side;
  setReply(side, null);
  calm(side);
  drawPeople(side); drawStatus(); drawTalk(side);
  scrollDown(side);
  return side;
}

function openTopic(id) {
  seen.topic = id;
  seen.unread.delete(`t${id ?? undefined}`);
  setReply("desk", null);
  calm("desk");
  drawTopics(); drawTalk("desk");
  scrollDown("desk");
}

function show(side) {
  document.body.dataset.side = side;
  if (side !== "desk") document.body.dataset.phone = side;
  for (const one of SIDES) $(`#to-${one}`).setAttribute("aria-pressed", String(one === side));
  $(`#to-${side}`).classList.remove("unread");
  drawStatus();
  scrollDown();
}

function toast(text, side = document.body.dataset.side) {
  const node = make("p", {}, text);
  $(".toasts", $(`#${side}-talk`).parentElement).append(node);
  setTimeout(() => node.remove(), 4000);
}

// It takes room at the bottom, so that it never lies over what it tells about; the talks stay at their ends.
function story(text) {
  $("#story").hidden = !text;
  $("#story").textContent = text || "";
  scrollDown();
}

function scrollDown(...sides) {
  for (const side of sides.length ? sides : SIDES) {
    const box = $(`#${side}-talk`);
    box.scrollTop = box.scrollHeight;
  }
}

function choose(text, choices) {
  $("#ask-text").textContent = text;
  const close = (then) => () => { $("#ask").close(); then(); };
  $("#ask-buttons").replaceChildren(...choices.map(([label, then]) => make("button", { type: "button", onclick: close(then) }, label)));
  $("#ask").showModal();
}

// --- what people do ---------------------------------------------------------------------------------------------

const who = (side) => (side === "desk" ? Number($("#admin").value) : seen.person[side]);

function acts(side) {
  return {
    inside: (side === "desk" ? desk().messenger : PHONES[side]) === "max",
    blocked: () => isBlocked(side),
    command: (words) => send(side, words),
    open: (url) => openLink(url, side),
    reply: (message) => { setReply(side, message); field(side).focus(); },
    press: (chat, message, data, button) => {
      button.classList.add("waiting");
      ask("press", { who: who(side), chat, message, data });
    },
  };
}

function send(side, text) {
  const reply_to = seen.reply[side]?.id ?? null;
  if (isBlocked(side)) { toast("Сначала разблокируйте бота.", side); return false; }
  if (seen.change[side]) ask("change", { who: who(side), chat: chatOf(side), message: reply_to, text });
  else if (side === "desk") ask("answer", { chat: deskId(), admin: who("desk"), topic: seen.topic, text, reply_to });
  else ask("say", { person: seen.person[side], text, reply_to });
  setReply(side, null);
  scrollDown(side);
  return true;
}

async function sendFiles(side, files) {
  if (!files.length || isBlocked(side)) return;
  const body = new FormData();
  const fields = { who: who(side), topic: side === "desk" ? seen.topic ?? "" : "", reply_to: seen.reply[side]?.id ?? "", caption: field(side).value };
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  for (const file of files) body.append("file", file);
  const answer = await fetch("/files", { method: "POST", body }).catch(() => null);
  if (!answer?.ok) { toast("Файл не ушёл: он больше 20 МБ, или показ остановлен."); return; }
  field(side).value = "";
  setReply(side, null);
}

function setReply(side, message) {
  const own = message?.from === who(side);
  if (seen.change[side]) field(side).value = "";
  seen.reply[side] = message;
  seen.change[side] = false;
  const quote = $(`#${side}-form .quote`);
  quote.hidden = !message;
  $("span", quote).textContent = message ? `${message.name}: ${message.text || "вложение"}` : "";
  for (const button of quote.querySelectorAll("[data-change], [data-remove]")) button.hidden = !own;
}

function change(side) {
  seen.change[side] = true;
  field(side).value = seen.reply[side].text ?? "";
  $(`#${side}-form [data-change]`).hidden = true;
  field(side).focus();
}

function remove(side) {
  ask("take_away", { who: who(side), chat: chatOf(side), message: seen.reply[side].id });
  if (!acts(side).inside) toast("Telegram не говорит ботам об удалении: у второй стороны сообщение осталось.", side);
  setReply(side, null);
}

// Links of the dialogue stay inside the demo: to the bot, to share, to a topic. True where one was taken care of.
function openLink(address, from) {
  const url = new URL(address, location.href);
  if (!/^(t\.me|telegram\.me|max\.ru)$/.test(url.hostname)) return false;
  const inner = url.searchParams.get("url") ?? url.searchParams.get("text")?.match(/\S+$/)?.[0] ?? address;
  const shared = inner !== address;
  const part = url.pathname.match(/^\/c\/\d+\/(\d+)/);
  if (part && topics().some((topic) => topic.id === Number(part[1]))) { openTopic(Number(part[1])); show("desk"); return true; }
  if (!URL.canParse(inner)) return false;
  const link = new URL(inner);
  const messenger = link.hostname === "max.ru" ? "max" : "telegram";
  if (link.pathname.slice(1).toLowerCase() !== state.bots[messenger].username.toLowerCase()) return false;
  const payload = link.searchParams.get("start") ?? "";
  const open = (one) => () => { show(openPerson(one.id)); ask("open", { person: one.id, payload }); };
  // A link leads to the bot in its own messenger.
  const others = state.people.filter((one) => one.messenger === messenger && !(shared && one.id === seen.person[from]));
  const question = shared ? "Кому отправить ссылку? Этот человек откроет её сразу." : "На чьём телефоне открыть ссылку?";
  choose(question, others.map((one) => [one.tab, open(one)]));
  return true;
}

const IN_A_GROUP_OF_MAX = [{ command: "help", description: "в группе MAX меню нет: бот перечислит команды" }];

function showMenu(side, form) {
  const menu = $(".menu", form);
  const commands = state.status.menus?.[chatOf(side)] ?? (acts(side).inside ? IN_A_GROUP_OF_MAX : []);
  const pick = (command) => () => { menu.hidden = true; $("[data-menu]", form).ariaExpanded = "false"; send(side, `/${command}`); };
  menu.replaceChildren(...commands.map((one) => make("li", {}, make("button", { type: "button", onclick: pick(one.command) },
    make("b", {}, `/${one.command}`), make("span", {}, one.description)))));
  if (!commands.length) menu.replaceChildren(make("li", {}, "Бот ещё не прислал меню"));
  menu.hidden = !menu.hidden;
  $("[data-menu]", form).ariaExpanded = String(!menu.hidden);
  if (!menu.hidden) $("button", menu)?.focus();
}

for (const side of SIDES) {
  const form = $(`#${side}-form`);
  const files = $("input[type=file]", form);
  const screen = form.closest(".screen");
  form.onsubmit = (event) => {
    event.preventDefault();
    const text = field(side).value.trim();
    if (text && send(side, text)) field(side).value = "";
  };
  form.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    if (!$(".menu", form).hidden) { showMenu(side, form); $("[data-menu]", form).focus(); } else setReply(side, null);
  };
  form.onpaste = (event) => sendFiles(side, [...event.clipboardData.files]);
  $("[data-menu]", form).onclick = () => showMenu(side, form);
  $("[data-attach]", form).onclick = () => files.click();
  $("[data-close]", form).onclick = () => setReply(side, null);
  $("[data-change]", form).onclick = () => change(side);
  $("[data-remove]", form).onclick = () => remove(side);
  files.onchange = () => { sendFiles(side, [...files.files]); files.value = ""; };
  screen.ondragover = (event) => { event.preventDefault(); screen.classList.add("drop"); };
  screen.ondragleave = (event) => { if (!screen.contains(event.relatedTarget)) screen.classList.remove("drop"); };
  screen.ondrop = (event) => { event.preventDefault(); screen.classList.remove("drop"); sendFiles(side, [...event.dataTransfer.files]); };
  $(`#to-${side}`).onclick = () => show(side);
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu:not([hidden])")) if (!menu.parentElement.contains(event.target)) menu.hidden = true;
});
for (const side of Object.keys(PHONES)) {
  tabs(side).onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = people(side);
    openPerson(all.at((all.findIndex((one) => one.id === seen.person[side]) + step) % all.length).id);
  };
  tabs(side).closest(".phone").onpointerdown = () => { document.body.dataset.phone = side; drawStatus(); };
  $(`#blocked-${side} button`).onclick = () => ask("block", { person: seen.person[side], on: false });
}
for (const chip of document.querySelectorAll("[data-trouble]")) {
  chip.onclick = () => ask("trouble", { code: chip.dataset.trouble, on: chip.getAttribute("aria-pressed") !== "true" });
}
$("#block").onclick = () => ask("block", { person: seen.person[lastPhone()], on: !isBlocked(lastPhone()) });
$("#drop-topic").onclick = () => ask("delete_topic", { chat: deskId(), topic: seen.topic });
$("#switch-topic").onclick = () => {
  const closed = !topics().find((one) => one.id === seen.topic)?.closed;
  ask("switch_topic", { chat: deskId(), admin: who("desk"), topic: seen.topic, closed });
};
$("#add-school").onclick = () => ask("second");
$("#family-link").onclick = () => {
  const payload = `s_${slug()}`;
  const open = (one) => () => { show(openPerson(one.id)); ask("open", { person: one.id, payload }); };
  choose("На чьём телефоне открыть ссылку этой школы?", state.people.map((one) => [one.tab, open(one)]));
};
$("#admin").onchange = () => setReply("desk", null);
$("#kill").onclick = () => ask(state.status.bot === "off" ? "start" : "kill");
$(".trace").ontoggle = () => { drawTrace(); scrollDown(); };

// What a scene moves.
const PAGE = {
  state, field, pace, story, show, deskId,
  lookAtFirst: () => { if (seen.school !== 0) openSchool(0); },
  look: (id) => Object.keys(PHONES).find((side) => seen.person[side] === id) ?? openPerson(id),
  lookAtTopic: (id) => { if (seen.topic !== id) openTopic(id); },
};
connect();
