// The page works without this: it shows the print button, prints, and says so when a change could not be tried.
"use strict";
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
const answer = document.getElementById("answer");
function tell(text) {
  const box = document.createElement("p");
  box.className = "problems";
  box.setAttribute("role", "alert");
  box.textContent = text;
  answer.querySelector(":scope > .problems")?.remove();
  answer.prepend(box);
}
if (answer) {
  document.body.addEventListener("htmx:sendError", () =>
    tell("The server does not answer, so your last change is not in what you see. Start it again, then open the patient again."));
  document.body.addEventListener("htmx:responseError", (event) =>
    tell(event.detail.xhr.status < 500
      ? "The server no longer holds this patient: it was started again, or the patient was closed. Open the patient again."
      : "This change could not be tried. What you see is as it was before."));
}
