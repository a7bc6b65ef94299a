/* Keys of the desk: each presses or goes to what a page marks with it. Without this file all of it is done by hand. */
(function () {
  "use strict";
  var OFF = "desk-keys-off";
  var panel = document.getElementById("keys");
  if (!panel) return;
  var turns = { off: panel.querySelector("[data-keys-off]"), on: panel.querySelector("[data-keys-on]") };

  function isOff() { try { return localStorage.getItem(OFF) === "1"; } catch (error) { return false; } }
  function show() { turns.off.hidden = isOff(); turns.on.hidden = !isOff(); }
  function turn(off) {
    try { localStorage.setItem(OFF, off ? "1" : "0"); } catch (error) { /* until the page is left */ }
    show();
  }
  turns.off.addEventListener("click", function () { turn(true); turns.on.focus(); });
  turns.on.addEventListener("click", function () { turn(false); turns.off.focus(); });
  show();

  function types(element) { return /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) || element.isContentEditable; }

  // The next row from where the focus is, or the first.
  function step(by) {
    var rows = Array.prototype.slice.call(document.querySelectorAll("[data-row]"));
    var at = rows.indexOf(document.activeElement);
    var row = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (row) row.focus();
    return Boolean(row);
  }

  function press(key) {
    var marked = Array.prototype.filter.call(document.querySelectorAll("[data-key]"), function (each) {
      return each.dataset.key === key;
    })[0];
    if (!marked) return false;
    if (marked.tagName === "SUMMARY") {
      var drawer = marked.parentNode, first = drawer.querySelector("input:not([type=hidden]), select, textarea");
      drawer.open = key !== "?" || !drawer.open;
      (drawer.open && first || marked).focus();
      drawer.scrollIntoView({ block: "nearest" });
    } else if (types(marked)) {
      marked.focus();
    } else {
      marked.click();
    }
    return true;
  }

  // What is being filled in is sent as its marked button sends it, from a field of many lines too.
  function send(event) {
    var form = types(event.target) && event.target.form, marked = form && form.querySelector("button[data-key]");
    if (marked) { event.preventDefault(); marked.click(); }
  }

  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) return event.key === "Enter" && !isOff() && send(event);
    if (event.key === "Escape" && types(event.target)) return event.target.blur();
    if (types(event.target) || (isOff() && event.key !== "?")) return;
    var done = event.key === "j" ? step(1) : event.key === "k" ? step(-1) : press(event.key);
    if (done) event.preventDefault();
  });
})();
