/* Overload resolution: PostgreSQL's manual, chapters 10.2, 10.3 and 10.5. */
#include "sql/functions/resolve.h"

/* A row whose number of arguments fits; `declared` has one type an argument. */
struct candidate {
    const struct function *function;
    const struct operator_row *operator_row;
    const uint32_t *declared;
};

struct search {
    struct arena *arena;
    const struct type *const *types; /* of the call */
    size_t argument_count;
    struct candidate *candidates;
    size_t count;
    size_t room;
};

static void add_candidate(struct search *search, struct candidate candidate)
{
    if (search->count == search->room) {
        size_t room = search->room == 0 ? 32 : search->room * 2;
        struct candidate *grown = ARENA_ARRAY(search->arena, struct candidate, room);
        if (search->count > 0)
            memcpy(grown, search->candidates, search->count * sizeof(*grown));
        search->candidates = grown;
        search->room = room;
    }
    search->candidates[search->count++] = candidate;
}

static bool is_polymorphic(uint32_t oid)
{
    return oid == TYPE_ANY || oid == TYPE_ANYELEMENT || oid == TYPE_ANYARRAY ||
           oid == TYPE_ANYNONARRAY || oid == TYPE_ANYCOMPATIBLE ||
           oid == TYPE_ANYCOMPATIBLEARRAY || oid == TYPE_ANYCOMPATIBLENONARRAY;
}

static bool wants_array(uint32_t oid)
{
    return oid == TYPE_ANYARRAY || oid == TYPE_ANYCOMPATIBLEARRAY;
}

static bool is_compatible_family(uint32_t oid)
{
    return oid == TYPE_ANYCOMPATIBLE || oid == TYPE_ANYCOMPATIBLEARRAY ||
           oid == TYPE_ANYCOMPATIBLENONARRAY;
}

/* What a polymorphic parameter tells about the element type; NULL: nothing. */
static const struct type *told_by(uint32_t declared, const struct type *actual)
{
    if (actual->oid == TYPE_UNKNOWN)
        return NULL;
    return wants_array(declared) ? type_find_oid(actual->element) : actual;
}

static bool accepts(uint32_t declared, const struct type *actual)
{
    if (actual->oid == declared || actual->oid == TYPE_UNKNOWN)
        return true;
    if (wants_array(declared))
        return type_is_array(actual);
    if (declared == TYPE_ANYNONARRAY || declared == TYPE_ANYCOMPATIBLENONARRAY)
        return !type_is_array(actual);
    if (is_polymorphic(declared))
        return true;
    return cast_find(actual, type_find_oid(declared), CAST_IMPLICIT, NULL) != CAST_NONE;
}

/* All of the anycompatible family must have one type in common. */
static bool is_compatible(const struct search *search, const struct candidate *candidate)
{
    const struct type *common = NULL;
    for (size_t i = 0; i < search->argument_count; i++) {
        uint32_t declared = candidate->declared[i];
        if (!is_compatible_family(declared))
            continue;
        const struct type *told = told_by(declared, search->types[i]);
        if (told == NULL || common == told)
            continue;
        if (common == NULL || cast_find(common, told, CAST_IMPLICIT, NULL) != CAST_NONE)
            common = told;
        else if (cast_find(told, common, CAST_IMPLICIT, NULL) == CAST_NONE)
            return false;
    }
    return true;
}

/* All of the anyelement family must be of one type. */
static bool is_consistent(const struct search *search, const struct candidate *candidate)
{
    const struct type *element = NULL;
    for (size_t i = 0; i < search->argument_count; i++) {
        uint32_t declared = candidate->declared[i];
        if (!is_polymorphic(declared) || declared == TYPE_ANY ||
            is_compatible_family(declared))
            continue;
        const struct type *told = told_by(declared, search->types[i]);
        if (told != NULL && element != NULL && told != element)
            return false;
        element = told != NULL ? told : element;
    }
    return true;
}

static bool fits(const struct search *search, const struct candidate *candidate)
{
    for (size_t i = 0; i < search->argument_count; i++) {
        if (!accepts(candidate->declared[i], search->types[i]))
            return false;
    }
    return is_consistent(search, candidate) && is_compatible(search, candidate);
}

static bool is_exact(const struct search *search, const struct candidate *candidate)
{
    for (size_t i = 0; i < search->argument_count; i++) {
        if (candidate->declared[i] != search->types[i]->oid)
            return false;
    }
    return true;
}

/* How many arguments match: exactly or, with `preferred`, also as the preferred type of
 * their category. */
static size_t matches(const struct search *search, const struct candidate *candidate,
                      bool preferred)
{
    size_t count = 0;
    for (size_t i = 0; i < search->argument_count; i++) {
        const struct type *actual = search->types[i];
        const struct type *declared = type_find_oid(candidate->declared[i]);
        if (actual->oid == TYPE_UNKNOWN)
            continue;
        bool liked =
            preferred && declared->preferred && declared->category == actual->category;
        count += actual == declared || liked ? 1 : 0;
    }
    return count;
}

static void keep_best(struct search *search, bool preferred)
{
    size_t best = 0;
    size_t kept = 0;
    for (size_t i = 0; i < search->count; i++) {
        size_t found = matches(search, &search->candidates[i], preferred);
        if (found > best) {
            best = found;
            kept = 0;
        }
        if (found == best)
            search->candidates[kept++] = search->candidates[i];
    }
    search->count = kept;
}

/* The category that an unknown literal at `at` shall have: text if any candidate takes
 * it, else the one that all have; 0: they disagree. */
static char category_at(const struct search *search, size_t at, bool *preferred_out)
{
    char category = 0;
    bool conflict = false;
    *preferred_out = false;
    for (size_t i = 0; i < search->count; i++) {
        const struct type *type = type_find_oid(search->candidates[i].declared[at]);
        if (i == 0 || (type->category == 'S' && category != 'S')) {
            category = type->category;
            *preferred_out = type->preferred;
            conflict = conflict && category != 'S';
        } else if (type->category == category) {
            *preferred_out = *preferred_out || type->preferred;
        } else if (category != 'S') {
            conflict = true;
        }
    }
    return conflict ? 0 : category;
}

/* False: some literal's category cannot be told, and nothing has changed. */
static bool keep_categories(struct search *search)
{
    struct candidate *kept = ARENA_ARRAY(search->arena, struct candidate, search->count);
    memcpy(kept, search->candidates, search->count * sizeof(*kept));
    size_t count = search->count;
    for (size_t at = 0; at < search->argument_count; at++) {
        if (search->types[at]->oid != TYPE_UNKNOWN)
            continue;
        bool preferred = false;
        char category = category_at(search, at, &preferred);
        if (category == 0)
            return false;
        size_t left = 0;
        for (size_t i = 0; i < count; i++) {
            const struct type *type = type_find_oid(kept[i].declared[at]);
            if (type->category == category && (!preferred || type->preferred))
                kept[left++] = kept[i];
        }
        count = left;
    }
    if (count > 0) {
        memcpy(search->candidates, kept, count * sizeof(*kept));
        search->count = count;
    }
    return true;
}

/* With all known arguments of one type, the literals are taken to be of it too. */
static void keep_same_type(struct search *search)
{
    const struct type *known = NULL;
    for (size_t i = 0; i < search->argument_count; i++) {
        const struct type *type = search->types[i];
        if (type->oid == TYPE_UNKNOWN)
            continue;
        if (known != NULL && known != type)
            return;
        known = type;
    }
    if (known == NULL)
        return;
    const struct candidate *only = NULL;
    for (size_t i = 0; i < search->count; i++) {
        bool all = true;
        for (size_t at = 0; at < search->argument_count; at++)
            all = all && accepts(search->candidates[i].declared[at], known);
        if (all && only != NULL)
            return;
        only = all ? &search->candidates[i] : only;
    }
    if (only != NULL) {
        search->candidates[0] = *only;
        search->count = 1;
    }
}

/* Leaves one candidate when the rules single one out. */
static void select_candidate(struct search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        if (is_exact(search, &search->candidates[i])) {
            search->candidates[0] = search->candidates[i];
            search->count = 1;
            return;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < search->count; i++) {
        if (fits(search, &search->candidates[i]))
            search->candidates[kept++] = search->candidates[i];
    }
    search->count = kept;
    if (search->count > 1)
        keep_best(search, false);
    if (search->count > 1)
        keep_best(search, true);
    if (search->count > 1)
        (void)keep_categories(search);
    if (search->count > 1)
        keep_same_type(search);
}

/* The element type that the polymorphic parameters of one family agree on. */
static enum rc element_of(const struct search *search, const struct candidate *candidate,
                          bool compatible, const struct type **out, struct error *err)
{
    const struct type **told =
        ARENA_ARRAY(search->arena, const struct type *, search->argument_count + 1);
    size_t count = 0;
    bool asked = false;
    *out = NULL;
    for (size_t i = 0; i < search->argument_count; i++) {
        uint32_t declared = candidate->declared[i];
        if (!is_polymorphic(declared) || declared == TYPE_ANY ||
            is_compatible_family(declared) != compatible)
            continue;
        asked = true;
        const struct type *type = told_by(declared, search->types[i]);
        if (type != NULL)
            told[count++] = type;
    }
    if (count > 0 && compatible)
        return resolve_common_type(search->arena, "ARRAY", told, count, out, err);
    if (count > 0) {
        *out = told[0];
        return RC_OK;
    }
    if (asked && !compatible)
        return error_set(err, SQLSTATE_DATATYPE_MISMATCH,
                         "could not determine polymorphic type because input has type "
                         "unknown");
    *out = type_find_oid(TYPE_TEXT);
    return RC_OK;
}

static const struct type *concrete(uint32_t declared, const struct type *actual,
                                   const struct type *const elements[2])
{
    if (!is_polymorphic(declared))
        return type_find_oid(declared);
    if (declared == TYPE_ANY)
        return actual->oid == TYPE_UNKNOWN ? type_find_oid(TYPE_TEXT) : actual;
    const struct type *element = elements[is_compatible_family(declared) ? 1 : 0];
    return wants_array(declared) ? type_find_oid(element->array) : element;
}

static enum rc finish(const struct search *search, struct resolved *out,
                      struct error *err)
{
    const struct candidate *chosen = &search->candidates[0];
    const struct type *elements[2] = {NULL, NULL};
    TRY(element_of(search, chosen, false, &elements[0], err));
    TRY(element_of(search, chosen, true, &elements[1], err));
    out->function = chosen->function;
    out->operator_row = chosen->operator_row;
    out->argument_count = search->argument_count;
    out->argument_types =
        ARENA_ARRAY(search->arena, const struct type *, search->argument_count + 1);
    for (size_t i = 0; i < search->argument_count; i++) {
        out->argument_types[i] =
            concrete(chosen->declared[i], search->types[i], elements);
        if (out->argument_types[i] == NULL)
            return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                             "could not find array type for data type %s",
                             type_title(search->arena, elements[0]));
    }
    out->result_type = concrete(chosen->function->result, search->types[0], elements);
    return RC_OK;
}

static void add_function(struct search *search, const struct function *function)
{
    size_t fixed = function->argument_count;
    size_t count = search->argument_count;
    bool variadic = function->variadic != 0 && count >= fixed;
    if (!variadic && (count > fixed || fixed - count > function_default_count(function)))
        return;
    uint32_t *declared = ARENA_ARRAY(search->arena, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        declared[i] =
            variadic && i + 1 >= fixed ? function->variadic : function->arguments[i];
    add_candidate(search, (struct candidate){function, NULL, declared});
}

static const char *list_types(const struct search *search)
{
    const char *text = "";
    for (size_t i = 0; i < search->argument_count; i++)
        text = arena_printf(search->arena, "%s%s%s", text, i > 0 ? ", " : "",
                            type_title(search->arena, search->types[i]));
    return text;
}

enum rc resolve_function(struct arena *arena, struct bytes name,
                         const struct type *const *types, size_t count,
                         struct resolved *out, struct error *err)
{
    struct search search = {.arena = arena, .types = types, .argument_count = count};
    size_t at = 0;
    const struct function *row = NULL;
    if (count > FUNCTION_ARGUMENTS_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "cannot pass more than %d arguments to a function",
                         FUNCTION_ARGUMENTS_MAX);
    while ((row = function_candidates(name, &at)) != NULL)
        add_function(&search, row);
    select_candidate(&search);
    if (search.count == 1)
        return finish(&search, out, err);
    bool none = search.count == 0;
    error_set(err, none ? SQLSTATE_UNDEFINED_FUNCTION : SQLSTATE_AMBIGUOUS_FUNCTION,
              "function %.*s(%s) %s", BYTES_PRINT(name), list_types(&search),
              none ? "does not exist" : "is not unique");
    return error_hint(err, "%s You might need to add explicit type casts.",
                      none ? "No function matches the given name and argument types."
                           : "Could not choose a best candidate function.");
}

static enum rc operator_error(const struct search *search, struct bytes name,
                              struct error *err)
{
    bool unary = search->argument_count == 1;
    bool none = search->count == 0;
    const char *left = unary ? "" : type_title(search->arena, search->types[0]);
    const char *right =
        type_title(search->arena, search->types[search->argument_count - 1]);
    if (none)
        error_set(err, SQLSTATE_UNDEFINED_FUNCTION,
                  "operator does not exist: %s%s%.*s %s", left, unary ? "" : " ",
                  BYTES_PRINT(name), right);
    else
        error_set(err, SQLSTATE_AMBIGUOUS_FUNCTION, "operator is not unique: %s%s%.*s %s",
                  left, unary ? "" : " ", BYTES_PRINT(name), right);
    if (none && unary)
        return error_hint(err,
                          "No operator matches the given name and argument type. You "
                          "might need to add an explicit type cast.");
    return error_hint(err, "%s You might need to add explicit type casts.",
                      none ? "No operator matches the given name and argument types."
                           : "Could not choose a best candidate operator.");
}

/* With one side an unknown literal, the operator on twice the other side's type goes
 * first (chapter 10.2, step 2a). */
static bool find_same(struct search *search, const struct type *known)
{
    for (size_t i = 0; known != NULL && i < search->count; i++) {
        const uint32_t *declared = search->candidates[i].declared;
        if (declared[0] == known->oid && declared[1] == known->oid) {
            search->candidates[0] = search->candidates[i];
            search->count = 1;
            return true;
        }
    }
    return false;
}

enum rc resolve_operator(struct arena *arena, struct bytes name, const struct type *left,
                         const struct type *right, struct resolved *out,
                         struct error *err)
{
    const struct type **types = ARENA_ARRAY(arena, const struct type *, 2);
    types[0] = left != NULL ? left : right;
    types[1] = right;
    struct search search = {
        .arena = arena, .types = types, .argument_count = left == NULL ? 1 : 2};
    size_t at = 0;
    const struct operator_row *row = NULL;
    while ((row = operator_candidates(name, &at)) != NULL) {
        if ((row->left == 0) == (left == NULL))
            add_candidate(&search,
                          (struct candidate){function_find_oid(row->function), row,
                                             left == NULL ? &row->right : &row->left});
    }
    const struct type *known = NULL;
    if (left != NULL && (left->oid == TYPE_UNKNOWN) != (right->oid == TYPE_UNKNOWN))
        known = left->oid == TYPE_UNKNOWN ? right : left;
    if (!find_same(&search, known))
        select_candidate(&search);
    return search.count == 1 ? finish(&search, out, err)
                             : operator_error(&search, name, err);
}

enum rc resolve_common_type(struct arena *arena, const char *construct,
                            const struct type *const *types, size_t count,
                            const struct type **out, struct error *err)
{
    const struct type *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct type *type = types[i];
        if (type->oid == TYPE_UNKNOWN || type == best)
            continue;
        if (best == NULL) {
            best = type;
            continue;
        }
        if (type->category != best->category)
            return error_set(err, SQLSTATE_DATATYPE_MISMATCH,
                             "%s types %s and %s cannot be matched", construct,
                             type_title(arena, best), type_title(arena, type));
        bool there = cast_find(best, type, CAST_IMPLICIT, NULL) != CAST_NONE;
        bool back = cast_find(type, best, CAST_IMPLICIT, NULL) != CAST_NONE;
        if (!best->preferred && there && !back)
            best = type;
    }
    *out = best != NULL ? best : type_find_oid(TYPE_TEXT);
    return RC_OK;
}
