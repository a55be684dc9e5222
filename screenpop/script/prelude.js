// Host side of a script's realm. It runs before the script and keeps every
// built-in it needs in its own constants: what the script does to the globals
// afterwards changes nothing here. No Go function enters the realm.
(function () {
  "use strict";
  const parse = JSON.parse, quote = JSON.stringify;
  const isArray = Array.isArray;
  const keysOf = Object.keys, propertyOf = Object.getOwnPropertyDescriptor, freeze = Object.freeze;
  const define = Object.defineProperty, hasOwn = Object.hasOwn;
  const encode = encodeURIComponent;
  const text = String;
  const Failure = TypeError, PromiseType = Promise;
  const codeAt = Function.prototype.call.bind(String.prototype.charCodeAt);
  const slice = Function.prototype.call.bind(String.prototype.slice);
  const test = Function.prototype.call.bind(RegExp.prototype.test);

  // A lone surrogate (a name cut in the middle of an emoji) has no encoding.
  function wellFormed(s) {
    let out = "", from = 0;
    for (let i = 0; i < s.length; i++) {
      const c = codeAt(s, i);
      if (c < 0xd800 || c > 0xdfff) continue;
      if (c < 0xdc00 && i + 1 < s.length) {
        const d = codeAt(s, i + 1);
        if (d >= 0xdc00 && d <= 0xdfff) { i++; continue; }
      }
      out += slice(s, from, i) + "\ufffd";
      from = i + 1;
    }
    return out + slice(s, from);
  }

  // RFC 3986 §2.3: everything but the unreserved characters is encoded, also
  // the ! ' ( ) * that encodeURIComponent leaves.
  const strict = { "!": "%21", "'": "%27", "(": "%28", ")": "%29", "*": "%2A" };
  function component(value) {
    if (typeof value === "number") value = text(value);
    if (typeof value !== "string") {
      throw new Failure("a value in a link must be a text or a number, not " + (value === null ? "null" : typeof value));
    }
    const encoded = encode(wellFormed(value));
    let out = "";
    for (let i = 0; i < encoded.length; i++) {
      const c = encoded[i];
      out += hasOwn(strict, c) ? strict[c] : c;
    }
    return out;
  }

  function url(strings, ...values) {
    let out = strings[0];
    for (let i = 0; i < values.length; i++) out += component(values[i]) + strings[i + 1];
    return out;
  }

  function pairs(v, name, keyForm, valueForm, separator) {
    if (typeof v !== "object" || v === null) throw new Failure("cti.encode." + name + " takes an object of texts");
    const keys = keysOf(v);
    let out = "";
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i], value = v[key];
      if (!keyForm(key)) throw new Failure("cti.encode." + name + ": '" + key + "' is no field name");
      if (typeof value !== "string") throw new Failure("cti.encode." + name + ": the value of '" + key + "' is no text");
      for (let j = 0; j < value.length; j++) {
        const c = codeAt(value, j);
        if (c < 0x20 || c === 0x7f) throw new Failure("cti.encode." + name + ": the value of '" + key + "' has a control character");
      }
      out += (i ? separator : "") + key + "=" + valueForm(value, key);
    }
    return out;
  }
  const apiName = /^[A-Za-z][A-Za-z0-9_]*$/, dottedName = /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$/;
  const isApiName = (key) => test(apiName, key), isDottedName = (key) => test(dottedName, key);

  const encoders = freeze({
    // A comma list of field=value: each value is encoded, cti.url encodes the whole.
    sfDefaults: (v) => pairs(v, "sfDefaults", isApiName, component, ","),
    // field=value joined by ^, with no way to escape: what would end a value is refused.
    snQuery: (v) => pairs(v, "snQuery", isDottedName, (value, key) => {
      for (let i = 0; i < value.length; i++) {
        if (value[i] === "^" || value[i] === "=") throw new Failure("cti.encode.snQuery: the value of '" + key + "' holds ^ or =");
      }
      return wellFormed(value);
    }, "^"),
    // A query inside a query: each value is encoded, cti.url encodes the whole.
    extraqs: (v) => pairs(v, "extraqs", isApiName, component, "&"),
  });

  let logged = "", lines = 0;
  function log(message) {
    if (lines >= 20) return;
    lines++;
    logged += (lines > 1 ? "," : "") + quote(slice(wellFormed(text(message)), 0, 200));
  }

  define(globalThis, "cti", { value: freeze({ url, encode: encoders, log }), enumerable: true });
  delete globalThis.GoError;

  // own gives the value of a plain own property: no getter is ever called.
  function own(object, key) {
    const p = propertyOf(object, key);
    if (p === undefined || !hasOwn(p, "value")) throw new Failure("onCall returned an object whose '" + text(key) + "' is not a plain value");
    return p.value;
  }

  // write makes the JSON text of one value, at most two objects deep.
  function write(value, depth) {
    switch (typeof value) {
      case "string": return quote(wellFormed(value));
      case "boolean": return value ? "true" : "false";
      case "number": return value === value && value - value === 0 ? text(value) : "null";
      case "object":
        if (value === null) return "null";
        if (depth < 2 && !isArray(value)) {
          const keys = keysOf(value);
          if (keys.length > 64) throw new Failure("onCall returned an object with too many keys");
          let out = "", some = false;
          for (let i = 0; i < keys.length; i++) {
            const v = own(value, keys[i]);
            if (v === undefined) continue;
            out += (some ? "," : "") + quote(wellFormed(keys[i])) + ":" + write(v, depth + 1);
            some = true;
          }
          return "{" + out + "}";
        }
    }
    throw new Failure("onCall returned something that is no intent");
  }

  // isProxy says what the language does not tell: that result answers as it likes.
  function take(result, isProxy) {
    if (result === undefined || result === null) return "";
    if (typeof result !== "object") throw new Failure("onCall returned something that is no intent");
    if (result instanceof PromiseType) throw new Failure("onCall must not be async: it has nothing to wait for");
    if (!isArray(result)) return write(result, 0);
    if (isProxy) throw new Failure("onCall returned a Proxy of an array: return the array itself");
    const n = own(result, "length");
    if (n > 16) throw new Failure("onCall returned more than 16 intents");
    let out = "";
    for (let i = 0; i < n; i++) out += (i ? "," : "") + write(own(result, text(i)), 0);
    return out;
  }

  return {
    call: (onCall, call, params) => {
      if (typeof onCall !== "function") throw new Failure("the script has no function onCall");
      return onCall(parse(call), parse(params));
    },
    take: (result, isProxy) => "[" + take(result, isProxy) + "]",
    log: () => "[" + logged + "]",
  };
})()
