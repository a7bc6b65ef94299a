// Asks whether the line is there before a form goes: a browser that sends into nothing forgets what was typed.
// Pages work without this. Readable by engines older than Chromium 85, which do without it: they name no submitter.
(function () {
  "use strict";
  var PATIENCE = 8000;
  var gone = document.getElementById("gone"), asking = false, goes = null;

  document.addEventListener("submit", function (event) {
    var form = event.target, pressed = event.submitter;
    if (goes === form) { goes = null; return; }
    if (!pressed || !form.requestSubmit || event.defaultPrevented) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    gone.hidden = true;
    answers().then(function (there) {
      asking = false;
      if (there) { goes = form; form.requestSubmit(pressed); return; }
      pressed.parentNode.insertBefore(gone, pressed);
      gone.hidden = false;
    });
  });

  function answers() {
    var stop = new AbortController();
    var late = setTimeout(function () { stop.abort(); }, PATIENCE);
    return fetch("/healthz", { method: "HEAD", cache: "no-store", signal: stop.signal })
      .then(function () { return true; }, function () { return false; })
      .then(function (there) { clearTimeout(late); return there; });
  }

  // Whoever is away until the session has locked itself finds this page covered. What was typed then goes the way of
  // every form that is sent to a locked session: it is there again once they have said who they are.
  var cover = document.getElementById("locked"), main = document.getElementById("main");
  if (cover) {
    var seen = Date.now(), typed = null;
    ["pointerdown", "keydown", "input"].forEach(function (name) {
      document.addEventListener(name, function (event) {
        seen = Date.now();
        if (name === "input") typed = event.target.form;
      });
    });
    setInterval(look, 20000);
    document.addEventListener("visibilitychange", look);
    cover.lastElementChild.addEventListener("click", function (event) {
      event.preventDefault();
      ask(function () {
        if (typed && typed.method === "post") typed.submit();
        else location.assign(event.target.href);
      });
    });
  }

  function look() {
    if (!cover.hidden || Date.now() - seen < cover.dataset.after * 1000) return;
    covers(true);
    ask(function () {});
  }

  function covers(yes) { cover.hidden = !yes; main.hidden = yes; }

  // A locked session leads to the door; without a line the page stays as it is.
  function ask(then) {
    fetch(cover.lastElementChild.href, { method: "HEAD", cache: "no-store", redirect: "manual" }).then(function (answer) {
      if (answer.type === "opaqueredirect") return then();
      seen = Date.now();
      covers(false);
    }, function () { cover.insertBefore(gone, cover.lastElementChild); gone.hidden = false; });
  }

  // What htmx asks for: the words that it could not be had stand until it is asked for again.
  var lost = document.getElementById("preview-lost");
  if (!lost) return;
  document.addEventListener("htmx:before:request", function () { lost.hidden = true; });
  ["htmx:error", "htmx:response:error"].forEach(function (name) {
    document.addEventListener(name, function () { lost.hidden = false; });
  });
})();
