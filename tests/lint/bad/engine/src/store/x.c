/* Asks for the engine. */
bool f(bool is_pg) {
    return str_eq(name, S("postgresql"));
}
