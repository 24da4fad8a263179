"use strict";
// The page is whole without this. It adds filters, sorting and buttons that copy, and of a long table it shows the
// first rows alone, so that each key is answered at once. All it knows it reads from the page.
(() => {
  const each = (selector, run, root = document) => root.querySelectorAll(selector).forEach(run);
  const number = new Intl.NumberFormat("en").format;

  function button(text, run, more = {}) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    for (const [name, value] of Object.entries(more)) made.setAttribute(name, value);
    made.addEventListener("click", () => run(made));
    return made;
  }

  // ---- tables: sorting and filters -------------------------------------------------------------------------------

  const ORDERS = { none: "ascending", ascending: "descending", descending: "none" };
  const FEW = 100; // rows of a long table that are shown at first, and by each "more"

  class Table {
    constructor(table) {
      this.table = table;
      this.body = table.tBodies[0];
      this.body.classList.add("chosen");
      this.entries = Array.from(this.body.rows, (row) => ({ row, shown: true }));
      this.ordered = this.entries;
      this.heads = Array.from(table.tHead.rows[0].cells);
      this.titles = this.heads.map((head) => head.textContent.trim());
      this.at = -1;
      this.way = "none";
      this.limit = FEW;
      this.changed = this.clear = () => {};
      this.more = document.createElement("p");
      this.more.className = "more";
      table.after(this.more);
      this.heads.forEach((head, at) => {
        head.replaceChildren(button(this.titles[at], () => {
          this.sort(at, at === this.at ? ORDERS[this.way] : "ascending");
          this.show();
          this.changed();
        }));
      });
      this.show();
    }

    // Keys of a column: numbers where the cells state them, else text. Equal ones stay in the order of the page.
    sort(at, way) {
      if (this.at >= 0) this.heads[this.at].removeAttribute("aria-sort");
      [this.at, this.way, this.ordered] = [at, way, this.entries];
      if (way === "none") return;
      this.heads[at].setAttribute("aria-sort", way);
      const key = ({ row }) => row.cells[at].dataset.key ?? row.cells[at].textContent;
      const numeric = this.entries.every(({ row }) => row.cells[at].dataset.key !== undefined);
      const sign = way === "ascending" ? 1 : -1;
      const keyed = this.entries.map((entry) => [numeric ? Number(key(entry)) : key(entry), entry]);
      keyed.sort((a, b) => (a[0] < b[0] ? -sign : a[0] > b[0] ? sign : 0));
      this.ordered = keyed.map((pair) => pair[1]);
    }

    show() {
      const rows = this.ordered.filter((entry) => entry.shown).map((entry) => entry.row);
      this.body.replaceChildren(...rows.slice(0, this.limit));
      this.more.replaceChildren();
      if (rows.length <= this.limit) return;
      const raise = (limit) => () => {
        const next = rows[this.limit];
        this.limit = limit;
        this.show();
        next.tabIndex = -1;
        next.focus();
      };
      this.more.append(
        `The first ${number(this.limit)} of ${number(rows.length)} rows. `,
        button(`Show ${number(Math.min(FEW, rows.length - this.limit))} more`, raise(this.limit + FEW)),
        button(`Show all ${number(rows.length)}`, raise(Infinity)),
      );
    }

    // Puts the row of that id into the page, if it is one of this table.
    reveal(id) {
      if (!this.entries.some((entry) => entry.row.id === id)) return;
      this.clear();
      this.limit = Infinity;
      this.show();
    }

    print(everything) {
      const { limit } = this;
      this.limit = everything ? Infinity : this.kept;
      this.kept = limit;
      this.show();
    }

    get sorted() {
      return this.way === "none" ? "" : (this.way === "ascending" ? "" : "-") + this.titles[this.at].toLowerCase();
    }

    set sorted(text) {
      const name = text.replace(/^-/, "");
      const at = this.titles.findIndex((title) => title.toLowerCase() === name);
      this.sort(at, at < 0 ? "none" : text.startsWith("-") ? "descending" : "ascending");
    }
  }

  // What is shown in short is found by the whole of it, too: a commit, also that of a source to which a link leads.
  const LONG = "[data-copy], a[href^='#source-']";
  const commits = new Map();
  each(".sources tr[id]", (row) => commits.set(`#${row.id}`, row.querySelector("[data-copy]")?.dataset.copy || ""));
  const long = (one) => one.dataset.copy ?? commits.get(one.hash) ?? "";

  class Filter {
    constructor(form, table) {
      this.form = form;
      this.table = table;
      this.matches = document.getElementById(`${form.dataset.table}-matches`);
      this.prefix = form.dataset.prefix;
      this.fields = Array.from(form.elements).filter((field) => field.name);
      const searched = form.dataset.columns || table.heads.length;
      for (const entry of table.entries) {
        const cells = Array.from(entry.row.cells).slice(0, searched);
        const texts = cells.map((cell) => cell.textContent);
        each(LONG, (one) => cells.includes(one.closest("td")) && texts.push(long(one)), entry.row);
        entry.text = texts.join("\n").toLowerCase();
      }
      table.changed = () => this.keep();
      table.clear = () => this.set(new URLSearchParams());
      form.addEventListener("input", () => this.apply());
      form.addEventListener("change", () => this.apply());
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("reset", () => setTimeout(table.clear));
    }

    apply() {
      const words = this.form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
      const classes = this.fields.filter((field) => field.name !== "q" && field.value).map((field) => field.value);
      let [count, changed] = [0, false];
      for (const entry of this.table.entries) {
        const shown = words.every((word) => entry.text.includes(word))
          && classes.every((name) => entry.row.classList.contains(name));
        changed ||= shown !== entry.shown;
        entry.shown = shown;
        count += shown;
      }
      if (changed) {
        this.table.limit = FEW;
        this.table.show();
      }
      const all = `${number(this.table.entries.length)} ${this.matches.dataset.what}`;
      this.matches.textContent = count === this.table.entries.length ? all : `${number(count)} of ${all}`;
      this.keep();
    }

    keep() {
      clearTimeout(this.timer);
      this.timer = setTimeout(keep, 200);
    }

    get() {
      const pairs = this.fields.map((field) => [this.prefix + field.name, field.value]);
      return [...pairs, [`${this.prefix}sort`, this.table.sorted]].filter((pair) => pair[1]);
    }

    set(pairs) {
      for (const field of this.fields) {
        field.value = pairs.get(this.prefix + field.name) || "";
        if (field.selectedIndex === -1) field.value = ""; // the address names no choice that there is
      }
      this.table.sorted = pairs.get(`${this.prefix}sort`) || "";
      this.table.limit = FEW;
      this.table.show();
      this.apply();
    }
  }

  // ---- the state of the filters is in the address, so that it can be sent to others ---------------------------------

  const [tables, filters] = [[], []];

  function keep() {
    const state = new URLSearchParams(filters.flatMap((filter) => filter.get())).toString();
    const here = location.hash.slice(1);
    if (state !== here && (state || here.includes("="))) history.replaceState(null, "", state ? `#${state}` : " ");
  }

  function restore() {
    if (!location.hash.includes("=")) return;
    const pairs = new URLSearchParams(location.hash.slice(1));
    filters.forEach((filter) => filter.set(pairs));
  }

  // A link may lead to a row that is not shown.
  function reveal(id) {
    if (id && !document.getElementById(id)) tables.forEach((table) => table.reveal(id));
  }

  each("table.sortable", (table) => tables.push(new Table(table)));
  each("form[data-table]", (form) => {
    filters.push(new Filter(form, tables.find(({ table }) => table.id === form.dataset.table)));
  });
  addEventListener("hashchange", restore);
  addEventListener("click", (event) => reveal(event.target.closest("a[href^='#']")?.hash.slice(1)));
  addEventListener("beforeprint", () => tables.forEach((table) => table.print(true)));
  addEventListener("afterprint", () => tables.forEach((table) => table.print(false)));
  restore();
  if (!location.hash.includes("=")) {
    reveal(location.hash.slice(1));
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }

  // ---- copying ----------------------------------------------------------------------------------------------------

  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  document.body.append(said);

  function whole(element) {
    const { copy, copyJson } = element.dataset;
    return copyJson === undefined ? copy || element.textContent : JSON.parse(copyJson);
  }

  async function copy(text, pressed, what) {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      pressed.focus();
    }
    said.textContent = done ? `Copied ${what}` : `Could not copy ${what}`;
    const before = pressed.textContent;
    if (before !== "Copied") {
      pressed.textContent = done ? "Copied" : "Failed";
      setTimeout(() => { pressed.textContent = before; }, 1500);
    }
  }

  function copies(element, what, text) {
    return button("Copy", (made) => copy(text(), made, what), { class: "copy", "aria-label": `Copy ${what}` });
  }

  each("[data-copies]", (element) => {
    element.after(copies(element, element.dataset.copies, () => whole(element)));
  });
  each("table.variables", (table) => {
    const lines = () => Array.from(table.tBodies[0].rows, (row) => {
      const value = whole(row.cells[1].querySelector("code"));
      return `export ${row.cells[0].textContent}='${value.replaceAll("'", "'\\''")}'\n`;
    }).join("");
    const what = `all variables as shell lines: ${table.dataset.consumer}`;
    const made = button("Copy all as shell lines", () => copy(lines(), made, what), { "aria-label": `Copy ${what}` });
    made.classList.add("shell");
    table.before(made);
  });
})();
