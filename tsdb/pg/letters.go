package pg

// Letters stands in statements after a text that is lowered or sorted by. It makes lower() know all of Unicode, and
// sorts by bytes, whatever the locale of the database: locale C lowers only ASCII, and other locales may change with
// the system.
const Letters = ` COLLATE "pg_c_utf8"`
