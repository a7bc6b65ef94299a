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

  // What htmx asks for: the words that it could not be had stand until it is asked for again.
  var lost = document.getElementById("preview-lost");
  if (!lost) return;
  document.addEventListener("htmx:before:request", function () { lost.hidden = true; });
  ["htmx:error", "htmx:response:error"].forEach(function (name) {
    document.addEventListener(name, function () { lost.hidden = false; });
  });
})();
