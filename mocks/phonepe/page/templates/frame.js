// Tells the page around the frame how the payment ended; what it was, only the gateway's status says.
"use strict";
parent.postMessage({ source: "phonepe-checkout", outcome: document.currentScript.dataset.outcome }, "*");
