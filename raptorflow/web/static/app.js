// The two things a page does by itself: it follows a payment, and it keeps a draft of a step. Everything else is plain HTML.
"use strict";

const SETTLED = new Set(["completed", "failed", "expired", "refunded", "partially_refunded"]);

const AGAIN_MS = 2000;

function followPayment(status) {
  const events = new EventSource(status.dataset.events);
  events.onerror = () => {
    // A refusal ends an EventSource for good; the server that refuses is one that restarts.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => followPayment(status), AGAIN_MS);
  };
  const onState = (event) => {
    const { state } = JSON.parse(event.data);
    if (SETTLED.has(state)) {
      events.close();
      location.reload();
    }
  };
  events.onmessage = onState;
}

function keepDraft(form) {
  const status = document.getElementById("draft-status");
  let timer;
  const save = async () => {
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        credentials: "same-origin",
      });
      status.textContent = answer.ok ? "Draft saved." : "The draft could not be saved.";
    } catch {
      status.textContent = "You are offline: the draft is not saved.";
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 700);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

function shareSignOut() {
  const channel = new BroadcastChannel("raptorflow-session");
  if (document.body.dataset.signedOut !== undefined) channel.postMessage("signed out");
  if (document.body.dataset.session !== undefined) channel.onmessage = () => location.reload();
}

const payment = document.querySelector("[data-events]");
if (payment) followPayment(payment);
const step = document.querySelector("form[data-draft]");
if (step) keepDraft(step);
shareSignOut();
