// The first visit follows the system's light or dark theme; the button in the header decides from then on.
if (!localStorage.getItem("vite-ui-theme")) localStorage.setItem("vite-ui-theme", "system");

// Nobody has to sign in at this machine (agent/web.py tells), and what is for signing out is not shown.
if ("home" in document.currentScript.dataset) document.documentElement.dataset.home = "";

const RUNS = 'a[href="#runs"], a[data-runs]';
// "Runs" in the header opens the table of runs beside the conversation; the page hands window messages to the server.
document.addEventListener("click", (event) => {
  if (!event.target.closest("button")?.querySelector(RUNS)) return;
  event.preventDefault();
  window.postMessage("runwhy:runs", window.location.origin);
}, true);

// A citation is a link to what elements/Evidence.jsx shows beside it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('.message-content a[href^="#e"]');
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  window.dispatchEvent(new CustomEvent("runwhy:cite", { detail: link }));
}, true);

// Whoever picks a command goes on with its words.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#command-popover [role=option]")) setTimeout(() => document.getElementById("chat-input")?.focus());
});

// What was asked for by a button comes at the end of the conversation, and is brought into view. On a narrow screen the
// table of runs, from which it may have been asked for, covers the conversation and is closed.
const narrow = window.matchMedia("(max-width: 767px)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const messages = () => document.querySelectorAll('[data-step-type="assistant_message"], [data-step-type="user_message"]');
function showNext() {
  if (narrow.matches) document.querySelector('[role="dialog"]:has(#side-view-content) > button')?.click();
  const before = messages().length;
  const until = Date.now() + 10000;
  const look = setInterval(() => {
    const now = messages();
    if (now.length <= before && Date.now() < until) return;
    clearInterval(look);
    if (now.length <= before) return;
    // A chart has its height a moment after its message.
    setTimeout(() => now[now.length - 1].scrollIntoView({ block: "end", behavior: calm.matches ? "auto" : "smooth" }), 300);
  }, 100);
}
window.addEventListener("runwhy:next", showNext);
document.addEventListener("click", (event) => {
  if (event.target.closest?.(".step button")?.querySelector(".lucide-download, .lucide-image-down")) showNext();
}, true);

// On a narrow screen the page does not take the address of a conversation by itself, and a reload would leave it. On a
// wide one it does, and would not look for the name of the conversation if it were there already.
window.addEventListener("message", (event) => {
  const thread = event.source === window && event.data?.runwhyThread;
  if (thread && narrow.matches && location.pathname === "/") history.replaceState(history.state, "", `/thread/${encodeURIComponent(thread)}`);
});

// Whoever deletes the conversation that is open would find it opened again, since the page resumes it in the meantime.
const fetched = window.fetch;
window.fetch = async (url, options) => {
  const answer = await fetched(url, options);
  const deleted = options?.method === "DELETE" && String(url).endsWith("/project/thread") && answer.ok;
  if (deleted && location.pathname === `/thread/${JSON.parse(options.body).threadId}`) location.assign("/");
  return answer;
};

// What the server tells of its own accord (agent/browser/news.py): how far reading is, and what the empty page says now.
let landing = "";
window.addEventListener("message", (event) => {
  const news = event.source === window && event.data?.runwhy;
  if (!news) return;
  landing = news.landing;
  showProgress(news.stage, news.share);
});

function showProgress(stage, share) {
  let bar = document.getElementById("rw-progress");
  if (!stage) return bar?.remove();
  if (!bar) {
    bar = document.createElement("div");
    bar.id = "rw-progress";
    bar.setAttribute("role", "status");
    bar.append(document.createElement("span"), document.createElement("progress"));
    document.body.append(bar);
  }
  bar.firstChild.textContent = stage;
  bar.lastChild.value = share;
  bar.lastChild.setAttribute("aria-label", "Reading and judging the runs");
}

// The empty page is read anew when it is out of date and nobody is in the middle of anything on it.
setInterval(() => {
  const mark = document.querySelector('.welcome-screen img[src*="says="]');
  const shown = mark && new URL(mark.src).searchParams.get("says");
  const busy = document.querySelector('[role="dialog"], #side-view-content') || document.getElementById("chat-input")?.value;
  if (landing && shown && shown !== landing && !busy && !document.hidden) location.reload();
}, 1000);

// Chainlit leaves these without a name or a role for screen readers, and Plotly its buttons without a place for the
// keyboard; "Runs" is a link in a button, of which one is enough.
const NAMES = {
  "#sidebar-trigger-button": "Conversations",
  "#user-nav-button": "Who is signed in",
  "#command-button": "Commands",
  "button:has(> .lucide-arrow-down)": "To the end",
  "#search-chats-button": "Search the conversations",
  "#new-chat-button": "New conversation",
  "#thread-options": "Rename or delete",
  "#upload-button": "Drop a log here",
  "#chat-settings-open-modal": "Settings",
  "#attachments button": "Do not send this file",
  "#chat-submit": "Send",
  "#stop-button": "Stop",
  "#side-view-title button": "Close",
  ".positive-feedback-off, .positive-feedback-on": "This helped",
  ".negative-feedback-off, .negative-feedback-on": "This did not help",
  ".step button:has(> .lucide-copy)": "Copy",
};
setInterval(() => {
  for (const [which, name] of Object.entries(NAMES)) {
    document.querySelectorAll(which).forEach((one) => one.ariaLabel === name || one.setAttribute("aria-label", name));
  }
  document.querySelectorAll("#thread-options:not([role=button]), #upload-button:not([role=button])").forEach((one) => one.setAttribute("role", "button"));
  document.querySelectorAll('button > a[href="#runs"]').forEach((link) => {
    link.dataset.runs = "";
    link.removeAttribute("href");
  });
  document.querySelector(".welcome-screen img:not([alt])")?.setAttribute("alt", "");
  document.querySelectorAll(".updatemenu-button:not([tabindex])").forEach((button) => {
    button.setAttribute("tabindex", "0");
    button.setAttribute("role", "button");
  });
}, 1000);
document.addEventListener("keydown", (event) => {
  const button = event.target.closest?.(".updatemenu-button");
  if (!button || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  button.dispatchEvent(new MouseEvent("click", { bubbles: true }));
});
