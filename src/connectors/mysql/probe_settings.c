/* What a source needs of the server: a binary log of whole rows, transactions with
 * identifiers in order, and the privileges to read it. */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "connectors/mysql/probe_internal.h"

enum { ANSWER_MAX = 512 * 1024, VALUE_MAX = 64 };

/* Global values, as a replication client will meet them. */
static const char settings_query[] =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format', "
    "'binlog_row_image', 'gtid_mode', 'enforce_gtid_consistency', 'gtid_strict_mode', "
    "'replica_preserve_commit_order', 'slave_preserve_commit_order')";

enum family { FAMILY_BOTH, FAMILY_MYSQL, FAMILY_MARIADB };

/* In the order in which they are judged. What one server does not have (MySQL 9 knows no
 * binary log but of rows) is not wrong, unless it is `needed`. */
static const struct setting {
    const char *name;
    const char *expected;
    enum family family;
    bool is_needed;
    enum stage_cause cause;
} settings[] = {
    {"log_bin", "ON", FAMILY_BOTH, true, STAGE_CAUSE_BINLOG_OFF},
    {"binlog_format", "ROW", FAMILY_BOTH, false, STAGE_CAUSE_BINLOG_FORMAT_WRONG},
    {"binlog_row_image", "FULL", FAMILY_BOTH, false, STAGE_CAUSE_BINLOG_ROW_IMAGE_WRONG},
    {"gtid_mode", "ON", FAMILY_MYSQL, true, STAGE_CAUSE_GTID_MODE_OFF},
    {"enforce_gtid_consistency", "ON", FAMILY_MYSQL, true,
     STAGE_CAUSE_GTID_CONSISTENCY_OFF},
    {"gtid_strict_mode", "ON", FAMILY_MARIADB, true, STAGE_CAUSE_GTID_STRICT_MODE_OFF},
};

/* --- what the server tells --------------------------------------------------------- */

static bool query(struct mysql_walk *walk, struct arena *arena, const char *sql,
                  size_t columns, struct mysql_result *result)
{
    if (mysql_client_query(walk->client, arena, sql, ANSWER_MAX, result) != RC_OK)
        return mysql_walk_fail_client(walk);
    if (result->column_count >= columns)
        return true;
    return mysql_walk_fail(walk, STAGE_CAUSE_QUERY_FAILED,
                           "the server's answer lacks columns");
}

static bool is_name(struct bytes text, const char *name)
{
    return bytes_equal(text, bytes_of_text(name));
}

/* False when the server has no such variable. */
static bool find_value(const struct mysql_result *result, const char *name,
                       char value_out[VALUE_MAX])
{
    for (size_t i = 0; i < result->row_count; i++) {
        const struct mysql_value *row = result->rows[i];
        if (row[0].kind != MYSQL_VALUE_BYTES || row[1].kind != MYSQL_VALUE_BYTES ||
            !is_name(row[0].bytes, name))
            continue;
        snprintf(value_out, VALUE_MAX, "%.*s", BYTES_PRINT(row[1].bytes));
        return true;
    }
    snprintf(value_out, VALUE_MAX, "nothing");
    return false;
}

/* --- system settings --------------------------------------------------------------- */

static bool concerns(const struct setting *setting, const struct mysql_walk *walk)
{
    return setting->family == FAMILY_BOTH ||
           (setting->family == FAMILY_MARIADB) == walk->greeting->is_mariadb;
}

static bool is_right(const struct setting *setting, const struct mysql_result *result,
                     char value_out[VALUE_MAX])
{
    if (!find_value(result, setting->name, value_out))
        return !setting->is_needed;
    return strcmp(value_out, setting->expected) == 0;
}

/* Each setting that is wrong, since nobody wants to meet them one by one. */
static void list_wrong(struct mysql_walk *walk, const struct mysql_result *result)
{
    char value[VALUE_MAX];
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        if (!concerns(&settings[i], walk) || is_right(&settings[i], result, value))
            continue;
        size_t len = strlen(walk->settings);
        snprintf(walk->settings + len, sizeof(walk->settings) - len,
                 "%s%s: expected %s, got %s",
                 len == 0 ? "Invalid MySQL system replication settings: " : "; ",
                 settings[i].name, settings[i].expected, value);
    }
}

static bool fail_setting(struct mysql_walk *walk, enum stage_cause cause)
{
    return mysql_walk_fail(walk, cause, "Invalid MySQL system replication settings");
}

static bool judge_settings(struct mysql_walk *walk, const struct mysql_result *result)
{
    char value[VALUE_MAX];
    char found[STAGE_FOUND_MAX];
    list_wrong(walk, result);
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        const struct setting *setting = &settings[i];
        if (!concerns(setting, walk))
            continue;
        bool is_fine = is_right(setting, result, value);
        if (i > 0)
            mysql_walk_begin(walk, STAGE_SETTINGS);
        snprintf(found, sizeof(found), "%s = %s", setting->name, value);
        mysql_walk_done(walk, found);
        if (!is_fine)
            return fail_setting(walk, setting->cause);
    }
    return true;
}

/* --- a replica's order of commits -------------------------------------------------- */

/* Only MySQL's replicas may commit in another order than their primary; whether the
 * server is one can be asked with a privilege only. */
static bool judge_order(struct mysql_walk *walk, struct arena *arena,
                        const struct mysql_result *variables, unsigned privileges)
{
    char value[VALUE_MAX];
    struct mysql_result result;
    bool is_new = find_value(variables, "replica_preserve_commit_order", value);
    if (!is_new)
        find_value(variables, "slave_preserve_commit_order", value);
    if (walk->greeting->is_mariadb || strcmp(value, "OFF") != 0 ||
        (privileges & MYSQL_PRIVILEGE_REPLICATION_CLIENT) == 0)
        return true;
    mysql_walk_begin(walk, STAGE_SETTINGS);
    const char *sql = is_new ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS";
    if (!query(walk, arena, sql, 1, &result))
        return false;
    mysql_walk_done(walk, result.row_count == 0
                              ? "the target is no replica"
                              : "the target is a replica, replica_preserve_commit_order "
                                "= OFF");
    if (result.row_count == 0)
        return true;
    snprintf(walk->settings, sizeof(walk->settings),
             "Invalid MySQL system replication settings: replica_preserve_commit_order: "
             "expected ON, got OFF");
    return fail_setting(walk, STAGE_CAUSE_COMMIT_ORDER_OFF);
}

/* --- privileges -------------------------------------------------------------------- */

static void judge_privilege(struct mysql_walk *walk, unsigned privileges,
                            enum mysql_privilege wanted)
{
    bool has_it = (privileges & wanted) != 0;
    bool is_slave = wanted == MYSQL_PRIVILEGE_REPLICATION_SLAVE;
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "the user has %sREPLICATION %s", has_it ? "" : "no ",
             is_slave ? "SLAVE" : "CLIENT");
    mysql_walk_done(walk, found);
    if (!has_it)
        mysql_walk_warn(walk, is_slave ? STAGE_CAUSE_REPLICATION_SLAVE_MISSING
                                       : STAGE_CAUSE_REPLICATION_CLIENT_MISSING);
}

/* Of the user and of the roles that are active. */
static unsigned read_privileges(const struct mysql_result *grants)
{
    unsigned found = 0;
    for (size_t i = 0; i < grants->row_count; i++) {
        if (grants->rows[i][0].kind == MYSQL_VALUE_BYTES)
            found |= mysql_grant_read(grants->rows[i][0].bytes);
    }
    return found;
}

static bool walk_with(struct mysql_walk *walk, struct arena *arena)
{
    struct mysql_result variables;
    struct mysql_result grants;
    mysql_walk_begin(walk, STAGE_SETTINGS);
    if (!query(walk, arena, settings_query, 2, &variables) ||
        !judge_settings(walk, &variables))
        return false;
    mysql_walk_begin(walk, STAGE_SETTINGS);
    if (!query(walk, arena, "SHOW GRANTS", 1, &grants))
        return false;
    unsigned privileges = read_privileges(&grants);
    judge_privilege(walk, privileges, MYSQL_PRIVILEGE_REPLICATION_SLAVE);
    mysql_walk_begin(walk, STAGE_SETTINGS);
    judge_privilege(walk, privileges, MYSQL_PRIVILEGE_REPLICATION_CLIENT);
    return judge_order(walk, arena, &variables, privileges);
}

bool mysql_walk_settings(struct mysql_walk *walk)
{
    struct arena *arena = arena_new("mysql-settings", NULL);
    bool is_well = walk_with(walk, arena);
    arena_free(&arena);
    return is_well;
}
