// Opens the demo CRM: the record of a known caller, the prefilled form for an
// unknown one, and nothing while several people could be calling.
// Parameter: base, e.g. http://127.0.0.1:8080

function onCall(call, params) {
  const number = call.number.e164 || call.number.raw;
  if (call.contacts.length === 1) {
    return { type: "openUrl", url: params.base + cti.url`/contacts/${call.contacts[0].fields.recordId}` };
  }
  if (call.contacts.length > 1) return;
  return {
    type: "newContact",
    url: params.base + "/contacts/new",
    prefill: { phone: number, name: call.callerName },
  };
}
