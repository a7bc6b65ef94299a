// What a page does for whoever fills it in: it keeps what is typed, asks whether the line is there before a form goes,
// covers itself when nobody is there, and leaves at once. Pages work without this.
// Readable by engines older than Chromium 85, which do without the question: they name no submitter.
(function () {
  "use strict";
  var PATIENCE = 8000, LOOKS = 20000, KEPT = "typed";
  var gone = document.getElementById("gone"), main = document.getElementById("main");
  var cover = document.getElementById("locked"), lost = document.getElementById("preview-lost");

  // What is typed stays in this tab, under the form's address, until it is sent: a reload, the way back, a lost line or
  // a locked session give it back, to the same person only. Neither secrets nor ticks that bind are kept.
  var me = document.body.dataset.me, kept = recall();

  function recall() {
    try { return JSON.parse(sessionStorage.getItem(KEPT)) || {}; } catch (error) { return {}; }
  }

  function keep() {
    try { sessionStorage.setItem(KEPT, JSON.stringify(kept)); } catch (error) { /* then it is not kept */ }
  }

  function forget() {
    kept = { me: me, forms: {} };
    try { sessionStorage.removeItem(KEPT); } catch (error) { /* then there is nothing to forget */ }
  }

  // What somebody else typed is dropped, but for whoever this browser is signed in as beside: theirs waits unseen.
  function turn() {
    var waiting = kept.beside || {}, beside = (document.body.dataset.beside || "").split(" ");
    if (kept.me) waiting[kept.me] = kept.forms;
    kept = { me: me, forms: waiting[me] || {}, beside: {} };
    beside.forEach(function (each) { if (waiting[each]) kept.beside[each] = waiting[each]; });
  }

  function address(form) { return location.pathname + " " + form.getAttribute("action"); }

  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (each) {
      return each.name && each.autocomplete !== "one-time-code"
        && /^(INPUT|SELECT|TEXTAREA)$/.test(each.tagName) && !/^(hidden|password|submit)$/.test(each.type);
    });
  }

  function ticks(each) { return each.type === "radio" || each.type === "checkbox"; }

  function typed(form) {
    return fields(form).map(function (each) {
      return [each.name, ticks(each) ? [each.value, each.checked] : each.value];
    });
  }

  function unfold(each) {
    for (var up = each.closest("details"); up; up = up.parentNode.closest("details")) up.open = true;
  }

  // What an address names within a fold is shown; younger engines do so by themselves.
  function shows() {
    var named = location.hash && document.getElementById(location.hash.slice(1));
    if (!named || !named.closest("details:not([open])")) return;
    unfold(named);
    named.scrollIntoView();
  }
  addEventListener("hashchange", shows);
  shows();

  function give(form, was, all) {
    var changed = [];
    fields(form).forEach(function (each) {
      was.forEach(function (pair) {
        if (pair[0] !== each.name || !all && each.tagName !== "TEXTAREA") return;
        if (ticks(each) ? pair[1][0] !== each.value || pair[1][1] === each.checked : pair[1] === each.value) return;
        if (ticks(each)) each.checked = pair[1][1]; else each.value = pair[1];
        unfold(each);
        changed.push(each);
      });
    });
    return changed;
  }

  function ours(form) {
    return me && form && form.method === "post" && main.contains(form) && !("forget" in form.dataset);
  }

  function entries(what) { Object.keys(kept.forms || {}).forEach(what); }

  function begin() {
    var entry = performance.getEntriesByType("navigation")[0], came = entry ? entry.type : "navigate";
    // Whoever comes back has seen no page of ours since: nothing arrived.
    var unsent = came !== "navigate" || "unsent" in main.dataset;
    if (unsent) entries(function (name) { kept.forms[name].sent = false; });
    if (!me) return kept.me && keep();
    if (kept.me !== me) turn();
    entries(function (name) { if (kept.forms[name].sent) delete kept.forms[name]; });
    keep();
    // An address with other terms in it, such as those of an offer, asks for these; what was written stays.
    var asked = new URLSearchParams(location.search);
    Array.prototype.forEach.call(document.forms, function (form) {
      var was = ours(form) && kept.forms[address(form)];
      if (!was) return;
      var here = was.search === location.search || !fields(form).some(function (each) { return asked.has(each.name); });
      var changed = give(form, was.fields, here);
      // htmx begins in a task of its own, which stands before this one.
      setTimeout(function () {
        changed.forEach(function (each) { each.dispatchEvent(new Event("input", { bubbles: true })); });
      });
    });
  }

  begin();

  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (!ours(form)) return;
    kept.forms[address(form)] = { fields: typed(form), search: location.search, sent: false };
    keep();
  });

  function goes(form) {
    if (/\/sign-out$/.test(form.action)) return forget();
    var entry = ours(form) && kept.forms[address(form)];
    if (entry) { entry.sent = true; keep(); }
  }

  // A browser that sends into nothing shows a page of its own, so we ask first.
  var asking = false, passes = null;
  document.addEventListener("submit", function (event) {
    var form = event.target, pressed = event.submitter;
    if (event.defaultPrevented) return;
    if (passes === form || !pressed || !form.requestSubmit) { passes = null; return goes(form); }
    event.preventDefault();
    if (asking) return;
    asking = true;
    gone.hidden = true;
    answers().then(function (there) {
      asking = false;
      if (there) { passes = form; form.requestSubmit(pressed); return; }
      pressed.parentNode.insertBefore(gone, pressed);
      gone.hidden = false;
      pressed.scrollIntoView({ block: "nearest" });
    });
  });

  function answers() {
    var stop = new AbortController();
    var late = setTimeout(function () { stop.abort(); }, PATIENCE);
    return fetch("/healthz", { method: "HEAD", cache: "no-store", signal: stop.signal })
      .then(function (answer) { return answer.ok; }, function () { return false; })
      .then(function (there) { clearTimeout(late); return there; });
  }

  // Who leaves wants nothing on the screen, whether the line is there or not, and nothing behind the way back.
  document.addEventListener("click", function (event) {
    var leave = event.target.closest("[data-leave]");
    if (!leave) return;
    event.preventDefault();
    document.body.hidden = true;
    document.title = "";
    forget();
    var out = document.querySelector("form[action$='/sign-out']");
    if (out && navigator.sendBeacon) navigator.sendBeacon("/account/lock", new FormData(out));
    location.replace(leave.href);
  });

  // Whoever is away until the session has locked itself finds this page covered, until they say who they are.
  if (cover) {
    var seen = Date.now();
    ["pointerdown", "keydown", "input"].forEach(function (name) {
      document.addEventListener(name, function () { seen = Date.now(); });
    });
    setInterval(look, LOOKS);
    document.addEventListener("visibilitychange", look);
    cover.lastElementChild.addEventListener("click", function (event) {
      event.preventDefault();
      ask(function () { location.assign(event.target.href); });
    });
  }

  function look() {
    if (!cover.hidden || Date.now() - seen < cover.dataset.after * 1000) return;
    covers(true);
    ask(function () {});
  }

  function covers(yes) { cover.hidden = !yes; main.hidden = yes; }

  // A locked session leads to the door; without a line the page stays covered.
  function ask(locked) {
    var open = cover.lastElementChild;
    fetch(open.href, { method: "HEAD", cache: "no-store", redirect: "manual" }).then(function (answer) {
      gone.hidden = true;
      if (answer.type === "opaqueredirect") return locked();
      seen = Date.now();
      covers(false);
    }, function () { cover.insertBefore(gone, open); gone.hidden = false; });
  }

  // What htmx asks for: the words that it could not be had stand until it is asked for again.
  if (!lost) return;
  document.addEventListener("htmx:before:request", function () { lost.hidden = true; });
  ["htmx:error", "htmx:response:error"].forEach(function (name) {
    document.addEventListener(name, function () { lost.hidden = false; });
  });
})();
