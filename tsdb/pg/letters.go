package pg

// Letters stands in statements behind a text whose letters are made small, or that others are sorted by. It has Unicode's small letters, and the order of
// bytes, in a database of any locale: in locale C only the letters of ASCII have small ones, and what other locales say may change with the system.
const Letters = ` COLLATE "pg_c_utf8"`
