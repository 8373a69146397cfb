// Shows how strong a new password is while it is typed. The forms work without it: the site checks the password again
// when the form is sent.
"use strict";

for (const field of document.querySelectorAll("input[data-strength]")) {
  const hint = document.getElementById(field.dataset.strength);
  let pause;
  let asked = 0;

  const ask = async (mine) => {
    const name = field.form.querySelector("[autocomplete=username]");
    const body = new URLSearchParams({ password: field.value, name: name ? name.value : "" });
    try {
      const answer = await fetch("/zoobar/index.cgi/strength", { method: "POST", body });
      if (answer.ok && mine === asked) hint.textContent = await answer.text();
    } catch {
      // Without an answer there is no hint. The form still works.
    }
  };

  field.form.addEventListener("submit", () => clearTimeout(pause));
  field.addEventListener("input", () => {
    clearTimeout(pause);
    const mine = ++asked;
    if (field.value === "") {
      hint.textContent = "";
    } else {
      pause = setTimeout(() => ask(mine), 250);
    }
  });
}
