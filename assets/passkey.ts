// Pages that use a passkey: the browser's ceremony in between a button and a form. No button without it:
// data-passkey names what is done, the options stand in a JSON script beside the form or are fetched.

type Json = Record<string, unknown>;

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The server writes bytes as base64url; the browser wants them as buffers. */
function described(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list as Json[] | undefined) ?? []).map(
    (one) => ({ ...one, id: bytes(one.id as string) }) as unknown as PublicKeyCredentialDescriptor,
  );
}

function creation(options: Json): PublicKeyCredentialCreationOptions {
  const user = options.user as Json;
  return {
    ...options,
    challenge: bytes(options.challenge as string),
    user: { ...user, id: bytes(user.id as string) },
    excludeCredentials: described(options.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
}

function request(options: Json): PublicKeyCredentialRequestOptions {
  return {
    ...options,
    challenge: bytes(options.challenge as string),
    allowCredentials: described(options.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
}

/** What the browser gave, in the words of the server. */
function written(credential: PublicKeyCredential): string {
  const response = credential.response;
  const told: Json = { clientDataJSON: text(response.clientDataJSON) };
  if (response instanceof AuthenticatorAttestationResponse) {
    told.attestationObject = text(response.attestationObject);
    told.transports = response.getTransports();
  } else if (response instanceof AuthenticatorAssertionResponse) {
    told.authenticatorData = text(response.authenticatorData);
    told.signature = text(response.signature);
    told.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return JSON.stringify({
    type: credential.type,
    id: credential.id,
    rawId: text(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    response: told,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function options(form: HTMLFormElement): Promise<Json> {
  const beside = document.getElementById("passkey-options");
  if (beside) return JSON.parse(beside.textContent ?? "{}") as Json;
  const answer = await fetch(form.action, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()) as Json;
}

async function ceremony(form: HTMLFormElement, passwordless: boolean): Promise<Credential | null> {
  const told = await options(form);
  const made = told.creation_options as Json | undefined;
  if (!made) return navigator.credentials.get({ publicKey: request((told.request_options as Json).publicKey as Json) });
  const wanted = creation(made.publicKey as Json);
  if (passwordless) {
    wanted.authenticatorSelection = { ...wanted.authenticatorSelection, residentKey: "required", requireResidentKey: true };
  }
  return navigator.credentials.create({ publicKey: wanted });
}

async function run(button: HTMLButtonElement, form: HTMLFormElement): Promise<void> {
  const trouble = form.querySelector<HTMLElement>("[data-passkey-trouble]");
  const passwordless = form.querySelector<HTMLInputElement>("input[name=passwordless]")?.checked ?? false;
  button.disabled = true;
  if (trouble) trouble.hidden = true;
  try {
    const credential = await ceremony(form, passwordless);
    if (!(credential instanceof PublicKeyCredential)) throw new Error("no credential");
    form.querySelector<HTMLInputElement>("input[name=credential]")!.value = written(credential);
    form.submit();
  } catch (problem) {
    if (trouble) {
      const stopped = problem instanceof DOMException && problem.name === "NotAllowedError";
      const known = problem instanceof DOMException && problem.name === "InvalidStateError";
      trouble.textContent = stopped
        ? "The passkey was not used: it was stopped, or took too long. Try again."
        : known
          ? "This device has a passkey for you already."
          : "The passkey could not be used here. Use your password.";
      trouble.hidden = false;
    }
  } finally {
    button.disabled = false;
  }
}

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-passkey]")) {
  const form = button.form;
  if (!form || !window.PublicKeyCredential) continue;
  button.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    void run(button, form);
  });
}
