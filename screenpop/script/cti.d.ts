// What a screen-pop script sees and may return. Version 1.
//
// A script is a pure function from a call to wishes: no timers, no network, no
// storage, no import. It has 100 ms. Dates are in UTC. What it wishes is opened
// only where the organisation's administrator allowed it.

declare namespace cti {
  // <generated from the Go types; a test compares them>
  type Kind =
    | "fixed" | "mobile" | "fixedOrMobile" | "tollFree" | "sharedCost" | "premium" | "voip" | "personal"
    | "uan" | "pager" | "short" | "emergency" | "featureCode" | "internal" | "unknown";
  interface PhoneNumber {
    readonly raw: string;
    readonly e164: string | null;
    readonly national: string | null;
    readonly country: string | null;
    readonly kind: Kind;
    readonly hidden: boolean;
  }
  interface Contact {
    readonly source: string;
    readonly name: string;
    readonly fields: Readonly<Record<string, string>>;
  }
  interface Call {
    readonly id: string;
    readonly event: "ringing" | "answered" | "ended";
    readonly direction: "in" | "out";
    readonly number: PhoneNumber;
    readonly dialled: PhoneNumber;
    readonly callerName: string;
    readonly contacts: readonly Contact[];
    readonly queue?: string;
  }
  // </generated>
  // number is the far party, dialled our own number. callerName comes from the
  // network: anybody can put anything there. contacts is empty when nobody is
  // known; fields holds the chosen fields by label and the chosen parameters by
  // name, "recordId" always among them.

  type Intent =
    | { readonly type: "openUrl"; readonly url: string; readonly reuse?: "tab" | "new" }
    // prefill is added to the query of url: keys in alphabetical order, each
    // value encoded; a key that url already has is refused.
    | { readonly type: "newContact"; readonly url: string; readonly prefill?: Readonly<Record<string, string>> }
    // app is an id that the administrator allowed and the workstation knows.
    | { readonly type: "launchApp"; readonly app: string; readonly arg?: string }
    // Plain text of at most 200 characters.
    | { readonly type: "notify"; readonly text: string };

  /**
   * Template tag: every value is percent-encoded as one component, the text
   * around it stands as it is. The only convenient way to build a link.
   */
  function url(strings: TemplateStringsArray, ...values: (string | number)[]): string;

  /**
   * Formats inside a link, to be put into cti.url as one value. Each throws on
   * what would change the structure.
   */
  const encode: {
    /** Salesforce defaultFieldValues: field=value,field=value */
    sfDefaults(v: Record<string, string>): string;
    /** ServiceNow sysparm_query: field=value^field=value */
    snQuery(v: Record<string, string>): string;
    /** Dynamics 365 extraqs: field=value&field=value */
    extraqs(v: Record<string, string>): string;
  };

  /** At most 20 lines of 200 characters, numbers masked, for administrators. */
  function log(message: string): void;
}

/** The entry point. Same input, same output. Returning nothing opens nothing. */
declare function onCall(
  call: cti.Call,
  params: Readonly<Record<string, string>>,
): cti.Intent | cti.Intent[] | void;
