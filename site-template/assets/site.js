/* What a script adds to pages that are whole without one: the age of the night, a banner when it is too old, a search by name, and filters kept in the address. */
(function () {
  "use strict";
  var body = document.body, asOf = Number(body.dataset.asOf), stale = Number(body.dataset.staleAfter);

  function age(ms) {
    var minutes = Math.round(ms / 60000), hours = Math.round(ms / 3600000), days = Math.floor(ms / 86400000);
    if (minutes < 90) return minutes + " min ago";
    if (hours < 48) return hours + " hours ago";
    return days + " days ago";
  }
  if (asOf) {
    var old = Date.now() - asOf, span = document.querySelector(".age");
    if (span && old >= 0) span.textContent = " \u00b7 " + age(old);
    if (stale > 0 && old > stale) document.getElementById("stale").hidden = false;
  }

  var form = document.querySelector(".filters form");
  if (!form) return;
  var rows = Array.prototype.slice.call(document.querySelectorAll("tr.m"));
  var search = document.createElement("input");
  search.type = "search";
  search.name = "q";
  search.placeholder = "Find a model";
  search.setAttribute("aria-label", "Find a model by name");
  form.insertBefore(search, form.querySelector("button"));

  function apply() {
    var q = search.value.trim().toLowerCase(), all = document.getElementById("all-rows");
    if (q && all) all.checked = true;
    rows.forEach(function (r) {
      r.hidden = q !== "" && r.querySelector(".model").textContent.toLowerCase().indexOf(q) < 0;
    });
  }
  function save() {
    var parts = [];
    form.querySelectorAll("input[type=radio]:checked").forEach(function (i) {
      if (i.value) parts.push(encodeURIComponent(i.name) + "=" + encodeURIComponent(i.value));
    });
    if (search.value) parts.push("q=" + encodeURIComponent(search.value));
    history.replaceState(null, "", parts.length ? "#" + parts.join("&") : location.pathname + location.search);
    carry(parts.join("&"));
  }
  // Sorting is another page: what is chosen here goes along.
  function carry(state) {
    document.querySelectorAll(".board thead a, .also .sorts a").forEach(function (a) {
      a.href = a.getAttribute("href").split("#")[0] + (state ? "#" + state : "");
    });
  }
  function load() {
    location.hash.slice(1).split("&").forEach(function (part) {
      var at = part.indexOf("="), name, value;
      if (at < 0) return;
      try {
        name = decodeURIComponent(part.slice(0, at));
        value = decodeURIComponent(part.slice(at + 1));
      } catch (e) {
        return;
      }
      if (name === "q") search.value = value;
      form.querySelectorAll("input[type=radio]").forEach(function (i) {
        if (i.name === name && i.value === value) i.checked = true;
      });
    });
    apply();
    carry(location.hash.indexOf("=") > 0 ? location.hash.slice(1) : "");
  }
  form.addEventListener("submit", function (e) { e.preventDefault(); });
  form.addEventListener("input", function () { apply(); save(); });
  form.addEventListener("reset", function () {
    setTimeout(function () { apply(); save(); }, 0);
  });
  window.addEventListener("hashchange", load);
  load();
})();
