// Runs the official Node SDK and speaks the same lines as the Python SDK's worker: names are snake_case on the line.
// node node_sdk.cjs GATEWAY_URL, with NODE_PATH naming the modules. "-" for the URL keeps PhonePe's own addresses.
"use strict";
const readline = require("node:readline");
const PACKAGE = process.env.PG_SDK_NODE ?? "pg-sdk-node"; // its present name is @phonepe-pg/pg-sdk-node
const sdk = require(PACKAGE);
const { BaseUrl } = require(`${PACKAGE}/dist/common/constants/BaseUrl`);
const { Constants: Events } = require(`${PACKAGE}/dist/common/events/Constants`);
const { TokenService } = require(`${PACKAGE}/dist/common/tokenhandler/TokenService`);

const READ_TIMEOUT_S = 10;
const EVENTS_AFTER_MS = 50;
const CLIENTS = { standard: sdk.StandardCheckoutClient, custom: sdk.CustomCheckoutClient };
const BUILDERS = {
  pay: () => sdk.StandardCheckoutPayRequest.builder(),
  refund: () => sdk.RefundRequest.builder(),
  standard_order: () => sdk.CreateSdkOrderRequest.StandardCheckoutBuilder(),
  custom_order: () => sdk.CreateSdkOrderRequest.CustomCheckoutBuilder(),
  intent: () => sdk.CustomCheckoutPayRequest.UpiIntentPayRequestBuilder(),
  collect: () => sdk.CustomCheckoutPayRequest.UpiCollectPayViaVpaRequestBuilder(),
  collect_phone: () => new (require(`${PACKAGE}/dist/common/models/request/instruments`).UpiCollectPayViaPhoneNumberRequestBuilder)(),
  qr: () => sdk.CustomCheckoutPayRequest.UpiQrRequestBuilder(),
  net_banking: () => sdk.CustomCheckoutPayRequest.NetBankingPayRequestBuilder(),
  card: () => sdk.CustomCheckoutPayRequest.CardPayRequestBuilder(),
  token: () => sdk.CustomCheckoutPayRequest.TokenPayRequestBuilder(),
};
const PARAMETERS = {
  get_order_status: ["merchant_order_id", "details"],
  get_transaction_status: ["transaction_id"],
  get_refund_status: ["merchant_refund_id"],
  validate_callback: ["username", "password", "callback_header_data", "callback_response_data"],
};
const SPELLED = { device_os: "deviceOS", merchant_callback_scheme: "merchantCallBackScheme" };

const camel = (name) => SPELLED[name] ?? name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snake(name), plain(inner)]));
}

function metaInfo(values) {
  const builder = sdk.MetaInfo.builder();
  for (const [name, value] of Object.entries(values)) builder[name](value ?? undefined);
  return builder.build();
}

function requestOf(call) {
  const builder = BUILDERS[call.builder]();
  for (const [name, value] of Object.entries(call.arguments)) {
    builder[camel(name)](name === "meta_info" ? metaInfo(value) : value);
  }
  return builder.build();
}

let current = "";

// The SDK keeps one client of a kind, and one token for all of them, for the life of its process.
function clientOf(call) {
  const { client_id, client_secret, client_version } = call.account;
  const identity = JSON.stringify([call.account, call.env]);
  if (identity !== current) {
    for (const kind of Object.values(CLIENTS)) kind._client = undefined;
    TokenService.oAuthResponse = undefined;
    current = identity;
  }
  const client = CLIENTS[call.kind].getInstance(client_id, client_secret, client_version, call.env ?? sdk.Env.SANDBOX);
  client.httpClient.defaults.timeout = 1000 * (call.read_timeout ?? READ_TIMEOUT_S);
  return client;
}

async function answer(call) {
  try {
    const given = call.builder
      ? [requestOf(call)]
      : PARAMETERS[call.method].map((name) => call.arguments[name]);
    return { result: plain(await clientOf(call)[camel(call.method)](...given)) };
  } catch (error) {
    const { code, message, data } = error;
    return { error: error.type ?? error.name, status: error.httpStatusCode ?? null, code: code ?? null, message, data };
  }
}

async function main(gateway) {
  console.warn = () => {};
  if (gateway !== "-") {
    Events.INITIAL_DELAY = Events.DELAY = EVENTS_AFTER_MS; // what it gathers goes out soon
    for (const hosts of Object.values(BaseUrl)) for (const name of Object.keys(hosts)) hosts[name] = gateway;
  }
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const told = await Promise.all(JSON.parse(line).map(answer));
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
  process.exit(0);
}

main(process.argv[2]);
