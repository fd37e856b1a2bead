/* Expressions of a table as SQL text, in the forms of PostgreSQL's ruleutils.c. */
#include "sql/bind/binder.h"
#include "sql/bind/table.h"
#include "sql/parse/print.h"

enum { PRINTED_MAX = 1 << 20 };

/* One text being made. */
struct printing {
    struct arena *arena;
    const struct table *table;
    struct buffer *out;
    const struct bound *let; /* whose argument 0 stands for BOUND_SHARED; NULL: none */
    bool failed;             /* something has no text */
};

static void print(struct printing *to, const struct bound *bound);

static void print_list(struct printing *to, const struct bound *bound,
                       const char *between)
{
    for (size_t i = 0; i < bound->argument_count; i++) {
        if (i > 0)
            buffer_add_text(to->out, between);
        print(to, bound->arguments[i]);
    }
}

static void print_type(struct printing *to, const struct type *type, int32_t typmod)
{
    buffer_add_text(to->out, "::");
    type_format(type, typmod, to->out);
}

/* Numbers of the types that a bare literal has are written bare. */
static bool is_bare(const struct type *type, struct bytes text)
{
    bool is_number = type->oid == TYPE_INT4 || type->oid == TYPE_NUMERIC;
    if (!is_number || text.len == 0 || text.at[0] < '0' || text.at[0] > '9')
        return false;
    return type->oid == TYPE_INT4 || memchr(text.at, '.', text.len) != NULL;
}

static void print_constant(struct printing *to, const struct bound *bound)
{
    struct type_context context = {.arena = to->arena, .extra_float_digits = 1};
    struct buffer text;
    if (bound->constant.null) {
        buffer_add_text(to->out, "NULL");
        if (bound->type->oid != TYPE_UNKNOWN)
            print_type(to, bound->type, TYPE_TYPMOD_NONE);
        return;
    }
    if (bound->type->oid == TYPE_BOOL) {
        buffer_add_text(to->out, bound->constant.datum.boolean ? "true" : "false");
        return;
    }
    buffer_init(&text, PRINTED_MAX);
    type_output(bound->type, &context, bound->constant.datum, &text);
    if (is_bare(bound->type, buffer_bytes(&text))) {
        buffer_add(to->out, buffer_bytes(&text));
    } else {
        struct bytes bytes = buffer_bytes(&text);
        sql_print_literal(to->out,
                          arena_strndup(to->arena, (const char *)bytes.at, bytes.len));
        print_type(to, bound->type, TYPE_TYPMOD_NONE);
    }
    to->failed = to->failed || buffer_failed(&text);
    buffer_fini(&text);
}

static const char *name_of_operator(const struct function *function)
{
    for (size_t i = 0; i < operator_count(); i++) {
        if (operator_at(i)->function == function->oid)
            return operator_at(i)->name;
    }
    return NULL;
}

static void print_call(struct printing *to, const struct bound *bound)
{
    const char *name = name_of_operator(bound->call.function);
    if (name == NULL || bound->argument_count == 0 || bound->argument_count > 2) {
        sql_print_identifier(to->out, bound->call.function->name);
        buffer_add_u8(to->out, '(');
        print_list(to, bound, ", ");
        buffer_add_u8(to->out, ')');
        return;
    }
    buffer_add_u8(to->out, '(');
    if (bound->argument_count == 2) {
        print(to, bound->arguments[0]);
        buffer_add_u8(to->out, ' ');
    }
    buffer_printf(to->out, "%s ", name);
    print(to, bound->arguments[bound->argument_count - 1]);
    buffer_add_u8(to->out, ')');
}

/* A conversion to varchar or char without a length is one of text already. */
static void print_cast(struct printing *to, const struct bound *bound)
{
    buffer_add_u8(to->out, '(');
    print(to, bound->arguments[0]);
    buffer_add_u8(to->out, ')');
    print_type(to, bound->type, bound->typmod);
}

static void print_test(struct printing *to, const struct bound *bound)
{
    static const char *const words[] = {
        [BOUND_TRUE] = "TRUE", [BOUND_FALSE] = "FALSE", [BOUND_UNKNOWN] = "UNKNOWN"};
    const char *word = bound->kind == BOUND_IS_NULL ? "NULL" : words[bound->test.boolean];
    buffer_add_u8(to->out, '(');
    print(to, bound->arguments[0]);
    buffer_printf(to->out, " IS %s%s)", bound->test.negated ? "NOT " : "", word);
}

static void print_case(struct printing *to, const struct bound *bound)
{
    size_t last = bound->argument_count - 1;
    buffer_add_text(to->out, "CASE");
    for (size_t i = 0; i + 1 < bound->argument_count; i += 2) {
        buffer_add_text(to->out, " WHEN ");
        print(to, bound->arguments[i]);
        buffer_add_text(to->out, " THEN ");
        print(to, bound->arguments[i + 1]);
    }
    buffer_add_text(to->out, " ELSE ");
    print(to, bound->arguments[last]);
    buffer_add_text(to->out, " END");
}

static void print_quantified(struct printing *to, const struct bound *bound)
{
    const char *name = name_of_operator(bound->call.function);
    to->failed = to->failed || name == NULL;
    buffer_add_u8(to->out, '(');
    print(to, bound->arguments[0]);
    buffer_printf(to->out, " %s %s (", name == NULL ? "" : name,
                  bound->call.all ? "ALL" : "ANY");
    print(to, bound->arguments[1]);
    buffer_add_text(to->out, "))");
}

static void print_subscript(struct printing *to, const struct bound *bound)
{
    bool is_slice = bound->kind == BOUND_SLICE;
    buffer_add_u8(to->out, '(');
    print(to, bound->arguments[0]);
    buffer_add_u8(to->out, ')');
    for (size_t i = 1; i < bound->argument_count; i++) {
        const struct bound *at = bound->arguments[i];
        bool is_left_out = is_slice && at->type == NULL;
        buffer_add_u8(to->out, is_slice && i % 2 == 0 ? ':' : '[');
        if (!is_left_out)
            print(to, at);
        if (!is_slice || i % 2 == 0)
            buffer_add_u8(to->out, ']');
    }
}

static void print_column(struct printing *to, const struct bound *bound)
{
    uint32_t place = bound->column.column;
    if (to->table == NULL || bound->column.levels != 0 || bound->column.relation != 0 ||
        place >= to->table->column_count) {
        to->failed = true;
        return;
    }
    sql_print_identifier(to->out, to->table->columns[place].name);
}

/* before(a between b)after */
static void print_word(struct printing *to, const struct bound *bound, const char *before,
                       const char *between)
{
    buffer_add_text(to->out, before);
    print_list(to, bound, between);
    buffer_add_u8(to->out, ')');
}

static void print_array(struct printing *to, const struct bound *bound)
{
    buffer_add_text(to->out, "ARRAY[");
    print_list(to, bound, ", ");
    buffer_add_u8(to->out, ']');
    if (bound->argument_count == 0)
        print_type(to, bound->type, TYPE_TYPMOD_NONE);
}

static void print_let(struct printing *to, const struct bound *bound)
{
    const struct bound *outer = to->let;
    to->let = bound;
    print(to, bound->arguments[1]);
    to->let = outer;
}

static void print_shared(struct printing *to, const struct bound *bound)
{
    if (to->let == NULL || to->let->shared != bound->shared)
        to->failed = true;
    else
        print(to, to->let->arguments[0]);
}

static void print_other(struct printing *to, const struct bound *bound)
{
    switch ((int)bound->kind) {
    case BOUND_CASE:
        print_case(to, bound);
        break;
    case BOUND_COALESCE:
        print_word(to, bound, "COALESCE(", ", ");
        break;
    case BOUND_NULLIF:
        print_word(to, bound, "NULLIF(", ", ");
        break;
    case BOUND_EXTREME:
        print_word(to, bound, bound->greatest ? "GREATEST(" : "LEAST(", ", ");
        break;
    case BOUND_QUANTIFIED:
        print_quantified(to, bound);
        break;
    case BOUND_ARRAY:
        print_array(to, bound);
        break;
    case BOUND_SUBSCRIPT:
    case BOUND_SLICE:
        print_subscript(to, bound);
        break;
    case BOUND_LET:
        print_let(to, bound);
        break;
    case BOUND_SHARED:
        print_shared(to, bound);
        break;
    default:
        to->failed = true;
        break;
    }
}

static void print(struct printing *to, const struct bound *bound)
{
    switch ((int)bound->kind) {
    case BOUND_CONSTANT:
        print_constant(to, bound);
        break;
    case BOUND_COLUMN:
        print_column(to, bound);
        break;
    case BOUND_CALL:
        print_call(to, bound);
        break;
    case BOUND_CAST:
        print_cast(to, bound);
        break;
    case BOUND_AND:
        print_word(to, bound, "(", " AND ");
        break;
    case BOUND_OR:
        print_word(to, bound, "(", " OR ");
        break;
    case BOUND_NOT:
        print_word(to, bound, "(NOT ", "");
        break;
    case BOUND_IS_NULL:
    case BOUND_IS_BOOLEAN:
        print_test(to, bound);
        break;
    case BOUND_DISTINCT:
        print_word(to, bound, bound->call.negated ? "(NOT (" : "(", " IS DISTINCT FROM ");
        buffer_add_text(to->out, bound->call.negated ? ")" : "");
        break;
    default:
        print_other(to, bound);
        break;
    }
}

enum rc table_definition_print(struct arena *arena, const struct table *table,
                               const struct bound *bound, const char **sql_out,
                               struct error *err)
{
    struct buffer out;
    buffer_init(&out, PRINTED_MAX);
    struct printing to = {.arena = arena, .table = table, .out = &out};
    print(&to, bound);
    bool failed = to.failed || buffer_failed(&out);
    struct bytes text = buffer_bytes(&out);
    *sql_out = failed ? NULL : arena_strndup(arena, (const char *)text.at, text.len);
    buffer_fini(&out);
    if (failed)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "this expression cannot be stored in a table's definition");
    return RC_OK;
}
