// Opens a record of any CRM that can be reached by links. The links are
// templates, set as parameters by the administrator:
//
//   recordUrl  the record of a known contact   https://crm.example.org/contacts/{recordId}
//   searchUrl  several contacts have the number https://crm.example.org/search?phone={e164}
//   newUrl     nobody is known                 https://crm.example.org/contacts/new?phone={e164}&name={name}
//
// {e164} {number} {national} {country} {name} {callerName} {dialled} {queue} and
// every field or parameter of the contact, {recordId} always among them. Each
// value is encoded as one component, so no name can add to the link. Where a
// template names a value that this call does not have, the link stays closed
// for a record and a search, and empty for a new contact. A parameter that is
// not set opens nothing.

function onCall(call, params) {
  const known = call.contacts.length;
  if (known === 1 || (known > 1 && !params.searchUrl)) {
    return open(params.recordUrl, values(call, call.contacts[0]), true);
  }
  if (known > 1) return open(params.searchUrl, values(call, null), true);
  if (params.newUrl) return open(params.newUrl, values(call, null), false);
  return open(params.searchUrl, values(call, null), true);
}

function open(template, have, complete) {
  if (!template) return;
  let missing = "";
  const url = template.replace(/\{([^{}]+)\}/g, (_, name) => {
    const value = have[name];
    if (value === undefined || value === "") {
      missing = name;
      return "";
    }
    return cti.url`${value}`;
  });
  if (missing && complete) {
    cti.log("not opened: this call has no {" + missing + "}");
    return;
  }
  return { type: "openUrl", url, reuse: "tab" };
}

function values(call, contact) {
  const have = Object.create(null);
  if (contact) {
    for (const name of Object.keys(contact.fields)) have[name] = contact.fields[name];
  }
  have.e164 = call.number.e164 || call.number.raw;
  have.number = call.number.raw;
  have.national = call.number.national || call.number.raw;
  have.country = call.number.country || "";
  have.name = contact ? contact.name : call.callerName;
  have.callerName = call.callerName;
  have.dialled = call.dialled.e164 || call.dialled.raw;
  have.queue = call.queue || "";
  return have;
}
