// Draws messages. Every text of a person or of the bot goes in as a text node: markup in it cannot run.
export function make(tag, props = {}, ...children) {
  const { data, ...rest } = props;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, data || {});
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const SERVICE = {
  forum_topic_created: "Создана тема", forum_topic_closed: "Тема закрыта", forum_topic_reopened: "Тема снова открыта",
  forum_topic_edited: "Тема переименована", pinned_message: "Сообщение закреплено", new_chat_members: "Бот добавлен",
  left_chat_member: "Бот удалён", migrate_to_chat_id: "Группа обновлена", migrate_from_chat_id: "Группа обновлена",
};
const KINDS = {
  document: "Файл", voice: "Голосовое сообщение", audio: "Аудио", video: "Видео", animation: "Анимация",
  video_note: "Видеосообщение", location: "Геопозиция", contact: "Контакт", poll: "Опрос",
};

// Entities count in UTF-16 units, as JavaScript's strings do. Outer ones come first, so that inner ones nest in them.
export function rich(text, entities, act) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const into = (from, to, left) => {
    const nodes = [];
    let at = from;
    while (left.length) {
      const one = left.shift();
      const end = Math.min(one.offset + one.length, to);
      if (one.offset < at || end <= one.offset) continue;
      nodes.push(text.slice(at, one.offset));
      const inner = left.filter((other) => other.offset < end);
      left = left.filter((other) => other.offset >= end);
      nodes.push(wrapped(one, text.slice(one.offset, end), into(one.offset, end, inner), act));
      at = end;
    }
    nodes.push(text.slice(at, to));
    return nodes.filter((node) => node !== "");
  };
  return into(0, text.length, ordered);
}

function wrapped(entity, words, children, act) {
  if (entity.type === "text_link" || entity.type === "url") {
    return link(entity.url || (/^[a-z]+:/i.test(words) ? words : `https://${words}`), children, act);
  }
  if (entity.type === "bot_command") {
    return make("button", { type: "button", className: "command", onclick: () => act.command(words) }, ...children);
  }
  const tag = TAGS[entity.type];
  return make(tag || "span", { className: tag ? "" : entity.type }, ...children);
}

function link(url, children, act) {
  const safe = /^(https?|tg):/i.test(url) ? url : "about:blank";
  const open = (event) => act.open(url) && event.preventDefault();
  return make("a", { href: safe, target: "_blank", rel: "noopener noreferrer", onclick: open }, ...children);
}

function media(one, act) {
  if (one.kind === "photo") {
    // Its size is told beforehand: a talk that grows while a picture loads would not stay at its end.
    const scale = Math.min(1, 230 / one.width, 260 / one.height);
    const image = make("img", { src: one.url, alt: "Картинка", width: one.width * scale, height: one.height * scale });
    return make("a", { className: "photo", href: one.url, target: "_blank", rel: "noopener" }, image);
  }
  if (one.kind === "sticker") return make("span", { className: "sticker" }, one.emoji || "🙂");
  const name = one.name || one.question || one.phone_number || KINDS[one.kind] || one.kind;
  const about = one.duration ? `${one.duration} с` : one.size ? `${Math.max(1, Math.round(one.size / 1024))} КБ` : "";
  const words = [make("span", {}, one.name ? name : KINDS[one.kind] || name), make("small", {}, about)];
  return one.url ? make("a", { className: "file", href: one.url, download: one.name || "" }, ...words)
    : make("span", { className: "file" }, ...words);
}

function keyboard(chat, message, act) {
  const row = (buttons) => make("div", {}, ...buttons.map((button) => {
    if (button.url) {
      const anchor = link(button.url, [button.text], act);
      anchor.className = "key url";
      return anchor;
    }
    const data = { id: message.id, data: button.callback_data };
    return make("button", {
      type: "button", className: "key", data, disabled: act.blocked(),
      onclick: (event) => act.press(chat, message.id, button.callback_data, event.currentTarget),
    }, button.text);
  }));
  return make("div", { className: "keys" }, ...message.rows.map(row));
}

function quoted(reply) {
  return make("div", { className: "reply" }, make("b", {}, reply.name), make("span", {}, reply.text || "Вложение"));
}

// One message, or an album: messages of one group drawn as one bubble.
export function bubble(chat, messages, mine, named, act) {
  const [first] = messages;
  if (first.service) {
    const { kind, name } = first.service;
    const words = [SERVICE[kind], name && `«${name}»`].filter(Boolean).join(" ");
    return make("p", { className: "service", id: `m${chat}-${first.id}` }, words);
  }
  const words = messages.find((one) => one.text);
  const time = new Date(first.at * 1000).toLocaleTimeString("ru", { hour: "2-digit", minute: "2-digit" });
  const shown = messages.flatMap((one) => one.media ?? []).map((one) => media(one, act));
  const reaction = messages.map((one) => one.reaction || "").join("");
  const body = make("div", { className: "body" },
    named ? make("b", { className: "name" }, first.name) : null,
    first.forward ? make("small", { className: "forward" }, "Переслано") : null,
    first.reply ? quoted(first.reply) : null,
    shown.length ? make("div", { className: shown.length > 1 ? "album" : "media" }, ...shown) : null,
    words ? make("div", { className: "text" }, ...rich(words.text, words.entities || [], act)) : null,
    make("span", { className: "foot" },
      reaction ? make("span", { className: "reaction", title: "Реакция бота" }, reaction) : null,
      make("time", {}, (first.edited && !first.bot ? "изменено " : "") + time)));
  const answer = make("button", {
    type: "button", className: "answer", ariaLabel: "Ответить на сообщение", title: "Ответить",
    onclick: () => act.reply(first),
  }, "↩");
  const keyed = messages.find((one) => one.rows);
  const keys = keyed ? keyboard(chat, keyed, act) : null;
  if (keys && act.inside) body.append(keys);
  return make("article", { className: `message ${mine ? "out" : "in"}`, id: `m${chat}-${first.id}`, ariaLabel: first.name },
    make("div", { className: "line" }, body, answer), act.inside ? null : keys);
}
