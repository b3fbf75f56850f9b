// Runs mountebank on a port of the system's choice: node run_mountebank.cjs NODE_MODULES PORT_FILE
"use strict";
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");

const [modules, portFile] = process.argv.slice(2);
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
  net.Server.prototype.listen = listen;
  this.once("listening", () => {
    fs.writeFileSync(`${portFile}.part`, String(this.address().port));
    fs.renameSync(`${portFile}.part`, portFile);
  });
  return listen.apply(this, given);
};
process.argv.splice(2, 2, "start", "--port", "0", "--localOnly", "--nologfile", "--pidfile", `${portFile}.pid`, "--loglevel", "error");
require(path.join(modules, "mountebank", "bin", "mb"));
