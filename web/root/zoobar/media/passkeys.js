// Logs in with a passkey, and adds one (w3.org/TR/webauthn-3). The forms are hidden until this script has found out that the
// browser can do it. The site checks everything; this script only carries bytes between the site and the browser.
"use strict";

const encoded = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decoded = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

// ES256, Ed25519 and RS256, the best one for a small device first.
const keys = [-7, -8, -257].map((alg) => ({ type: "public-key", alg }));

const ask = async (fields) => {
  const answer = await fetch("/zoobar/index.cgi/passkeys", { method: "POST", body: new URLSearchParams(fields) });
  const said = new URLSearchParams(await answer.text());
  if (said.has("challenge")) return said;
  throw new Error(said.get("error") ?? "The site did not answer. Please try again.", { cause: "site" });
};

const logIn = async () => {
  const offer = await ask({ ask: "login" });
  const { rawId, response } = await navigator.credentials.get({
    publicKey: { challenge: decoded(offer.get("challenge")), rpId: offer.get("rp"), userVerification: "preferred" },
  });
  return {
    submit_passkey: "1",
    challenge: offer.get("challenge"),
    credential: encoded(rawId),
    user: encoded(response.userHandle),
    client_data: encoded(response.clientDataJSON),
    authenticator_data: encoded(response.authenticatorData),
    signature: encoded(response.signature),
  };
};

const add = async (form) => {
  const fields = { ask: "add", password_now: form.password_now.value, passkey_name: form.passkey_name.value };
  form.password_now.value = "";
  const offer = await ask(fields);
  const { response } = await navigator.credentials.create({
    publicKey: {
      challenge: decoded(offer.get("challenge")),
      rp: { id: offer.get("rp"), name: "zoobar" },
      user: { id: decoded(offer.get("user")), name: offer.get("name"), displayName: offer.get("name") },
      pubKeyCredParams: keys,
      excludeCredentials: offer.getAll("present").map((id) => ({ type: "public-key", id: decoded(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "preferred" },
      attestation: "none",
    },
  });
  return {
    add_passkey: "1",
    challenge: offer.get("challenge"),
    client_data: encoded(response.clientDataJSON),
    authenticator_data: encoded(response.getAuthenticatorData()),
  };
};

const why = (error) => {
  if (error.cause === "site") return error.message;
  if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (error.name === "NotAllowedError") return "Nothing was done: it was cancelled, or there is no passkey here.";
  return "This browser could not do it. Try another browser or device.";
};

const begin = async (form) => {
  const button = form.querySelector("button");
  const said = form.querySelector("[role=status]");
  button.disabled = true;
  said.textContent = "";
  for (const sent of form.querySelectorAll("[data-sent]")) sent.remove();  // from before the browser's back button
  try {
    const fields = await (form.dataset.passkey === "login" ? logIn() : add(form));
    for (const [name, value] of Object.entries(fields)) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      field.dataset.sent = "";
      form.append(field);
    }
    form.submit();
  } catch (error) {
    said.textContent = why(error);
    button.disabled = false;
  }
};

// Browsers since 2023 have getAuthenticatorData; without it this script would have to parse.
if (window.PublicKeyCredential && window.AuthenticatorAttestationResponse?.prototype.getAuthenticatorData) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(form);
    });
    window.addEventListener("pageshow", () => { form.querySelector("button").disabled = false; });
  }
}
