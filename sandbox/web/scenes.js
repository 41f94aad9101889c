// The scenes: the buttons that start them, and the page that looks where a scene goes.
import { make } from "./messages.js";

const TYPED_FOR_MS = 1100;
const STAYS_MS = 9000;

// The first scene has the large button; the others are on the strip. The one that is played is stopped by its own.
export function drawScenes(scenes, playing, act) {
  const [example, ...others] = scenes;
  const large = document.getElementById("example");
  if (!example) return;
  large.textContent = playing === example.key ? "Остановить пример" : example.name;
  large.onclick = () => act(example.key);
  const strip = document.getElementById("scenes");
  if (strip.children.length !== others.length) {
    strip.replaceChildren(...others.map((one) => make("button", { type: "button", data: { scene: one.key } }, make("span"))));
  }
  others.forEach((one, at) => {
    const chip = strip.children[at];
    chip.setAttribute("aria-pressed", String(playing === one.key));
    chip.firstElementChild.textContent = playing === one.key ? `${one.name}: остановить` : one.name;
    chip.onclick = () => act(one.key);
    chip.disabled = Boolean(playing) && playing !== one.key;
  });
  large.disabled = Boolean(playing) && playing !== example.key;
}

export function follow(cue, page) {
  if (cue.tell !== undefined) page.story(cue.tell);
  if (cue.over) { if (cue.tell) setTimeout(() => page.story(""), STAYS_MS); return; }
  const family = page.state.people.find((one) => one.id === cue.who);
  const side = family ? page.look(cue.who) : "desk";
  page.show(side);
  if (!family) {
    page.lookAtFirst();
    document.getElementById("admin").value = cue.who;
    if (cue.general) page.lookAtTopic(null);
    else if (cue.topic) page.lookAtTopic(cue.topic);
  }
  if (cue.type) {
    page.field(side).value = cue.type;
    setTimeout(() => { if (page.field(side).value === cue.type) page.field(side).value = ""; }, TYPED_FOR_MS * page.pace);
  }
  if (cue.aim) {
    const node = document.getElementById(`m${family ? family.chat : page.deskId()}-${cue.aim}`);
    const key = node && [...node.querySelectorAll(".key")].find((one) => one.textContent === cue.label);
    key?.scrollIntoView({ block: "nearest" });
    key?.classList.add("aim");
  }
}
