/* sql/parse/materialize*, grammar*, print, redact: Materialize's statements, their
 * errors, their canonical text, and what a log may see of them. */
#include "sql/parse/print.h"
#include "sql/parse/redact.h"
#include "unit/sql/parse/fixture.h"

static struct ast_statement_list list;

static const char *print(const struct ast_statement *statement)
{
    struct buffer out;
    buffer_init(&out, 1 << 16);
    assert_true(sql_print_statement(&out, statement));
    struct bytes bytes = buffer_bytes(&out);
    const char *text = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&out);
    return text;
}

/* Each statement of the guide, and its canonical text ("" where it has none). */
static void the_guide_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *printed;
    } cases[] = {
        {"CREATE CONNECTION ssh_connection TO SSH TUNNEL (\n    HOST 'bastion',\n"
         "    USER 'etl',\n    PORT 22\n);",
         "CREATE CONNECTION ssh_connection TO SSH TUNNEL (HOST = 'bastion', USER = "
         "'etl', "
         "PORT = 22);"},
        {"VALIDATE CONNECTION ssh_connection;", "VALIDATE CONNECTION ssh_connection;"},
        {"CREATE CONNECTION kafka_connection TO KAFKA (\n    BROKER 'broker1:9092',\n"
         "    SSH TUNNEL ssh_connection\n);",
         "CREATE CONNECTION kafka_connection TO KAFKA (BROKER = 'broker1:9092', SSH "
         "TUNNEL "
         "= ssh_connection);"},
        {"CREATE CONNECTION pg_connection TO POSTGRES (\n"
         "  HOST 'instance.foo000.us-west-1.rds.amazonaws.com',\n  PORT 5432,\n"
         "  USER 'postgres',\n  PASSWORD SECRET pgpass,\n  SSL MODE 'require',\n"
         "  DATABASE 'postgres'\n  SSH TUNNEL ssh_connection\n);",
         "CREATE CONNECTION pg_connection TO POSTGRES (HOST = "
         "'instance.foo000.us-west-1.rds.amazonaws.com', PORT = 5432, USER = 'postgres', "
         "PASSWORD = SECRET pgpass, SSL MODE = 'require', DATABASE = 'postgres', SSH "
         "TUNNEL "
         "= ssh_connection);"},
        {"CREATE CONNECTION mysql_connection TO MYSQL (\n  HOST '<host>',\n"
         "  SSH TUNNEL ssh_connection,\n);",
         "CREATE CONNECTION mysql_connection TO MYSQL (HOST = '<host>', SSH TUNNEL = "
         "ssh_connection);"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_string_equal(print(parse(cases[i].text)), cases[i].printed);
    struct ast_create_secret *secret =
        parse("CREATE SECRET pgpass AS '<POSTGRES_PASSWORD>';")->create_secret;
    assert_string_equal(secret->name.parts[0], "pgpass");
    assert_string_equal(secret->value->constant.text, "<POSTGRES_PASSWORD>");
    struct ast_statement *source =
        parse("CREATE SOURCE mz_source\n  FROM POSTGRES CONNECTION pg_connection "
              "(PUBLICATION 'mz_source')\n  FOR ALL TABLES;");
    assert_int_equal(source->kind, STATEMENT_CREATE_SOURCE);
    assert_string_equal(source->other->parts[0], "mz_source");
    (void)parse("SELECT\n    mz_connections.name,\n    mz_ssh_tunnel_connections.*\n"
                "FROM\n    mz_connections JOIN\n    mz_ssh_tunnel_connections USING(id)\n"
                "WHERE\n    mz_connections.name = 'ssh_connection';");
    (void)parse("SELECT * FROM mz_catalog.mz_egress_ips;");
}

/* The canonical text is a fixed point, and so the tree is the same. */
static void printing_and_parsing_agree(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "CREATE CONNECTION materialize.public.conn TO KAFKA (BROKER = 'abcd', SECURITY "
        "PROTOCOL = plaintext);",
        "CREATE CONNECTION IF NOT EXISTS \"A b\".\"c\"\"d\" TO KAFKA (BROKERS = ('a:1' "
        "USING "
        "SSH TUNNEL s, 'b:2' USING AWS PRIVATELINK p (PORT = 9, AVAILABILITY ZONE = "
        "'z'), "
        "MATCHING '*.x' USING AWS PRIVATELINK q, 'c:3')) WITH (VALIDATE = false);",
        "CREATE CONNECTION c TO CONFLUENT SCHEMA REGISTRY (URL = 'http://x', PASSWORD = "
        "SECRET a.b.c);",
        "CREATE CONNECTION c TO KAFKA (AWS PRIVATELINK = p (PORT = 1), PROGRESS TOPIC "
        "REPLICATION FACTOR = -1, PROGRESS TOPIC = t);",
        "CREATE CONNECTION c TO SSH TUNNEL (HOST KEY = 'ssh-ed25519 AAAA', PUBLIC KEY 1 "
        "= "
        "'x', HOST = h);",
        "CREATE CONNECTION c TO AWS (ACCESS KEY ID = E'a\\\\b''', SECRET ACCESS KEY = "
        "SECRET "
        "s) WITH (VALIDATE);",
        "CREATE CONNECTION c TO MYSQL (HOST = \"select\", USER = \"Ab\", FOO BAR = 1);",
        "ALTER CONNECTION IF EXISTS c SET (HOST = 'x'), DROP (SSL KEY), RESET (PORT), "
        "ROTATE "
        "KEYS WITH (VALIDATE = true);",
        "ALTER CONNECTION c ROTATE KEYS;",
        "ALTER CONNECTION c RENAME TO \"D\";",
        "ALTER CONNECTION c OWNER TO r;",
        "ALTER SECRET IF EXISTS s RENAME TO t;",
        "ALTER SECRET s OWNER TO r;",
        "VALIDATE CONNECTION a.b;",
        "EXPLAIN CONNECTION c;",
        "EXPLAIN ANALYZE CONNECTION c TO 'db:5432';",
        "SHOW CONNECTIONS FROM s LIKE 'a%';",
        "SHOW COLUMNS FROM s.t;",
        "SHOW MATERIALIZED VIEWS IN CLUSTER c;",
        "SHOW SUBSOURCES ON a FROM s;",
        "SHOW ROLE MEMBERSHIP FOR r;",
        "SHOW CREATE CONNECTION a.b.c;",
        "SHOW REDACTED CREATE MATERIALIZED VIEW v;",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_string_equal(print(parse(texts[i])), texts[i]);
}

static void forms_of_options(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *printed;
    } cases[] = {
        {"create connection c for kafka broker 'a:1', security protocol = plaintext",
         "CREATE CONNECTION c TO KAFKA (BROKER = 'a:1', SECURITY PROTOCOL = plaintext);"},
        {"create connection c for kafka broker 'a:1' with (validate = false)",
         "CREATE CONNECTION c TO KAFKA (BROKER = 'a:1') WITH (VALIDATE = false);"},
        {"create connection c to postgres (host postgres, username x database y)",
         "CREATE CONNECTION c TO POSTGRES (HOST = postgres, USER = x, DATABASE = y);"},
        {"create connection c to kafka (brokers ['a:1', 'b:2'])",
         "CREATE CONNECTION c TO KAFKA (BROKERS = ('a:1', 'b:2'));"},
        {"alter connection c set host 'x', set port 1, drop user",
         "ALTER CONNECTION c SET (HOST = 'x'), SET (PORT = 1), DROP (USER);"},
        {"alter connection c reset (host, port)",
         "ALTER CONNECTION c RESET (HOST), RESET (PORT);"},
        {"create connection c to ssh tunnel ()", "CREATE CONNECTION c TO SSH TUNNEL ();"},
        {"create connection c to mysql (user secret, host secret s)",
         "CREATE CONNECTION c TO MYSQL (USER = secret, HOST = SECRET s);"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_string_equal(print(parse(cases[i].text)), cases[i].printed);
}

static void errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int position;
        const char *message;
    } cases[] = {
        {"alter secret a rename to b.c", 27, "Expected end of statement, found dot"},
        {"create connection c to mysql (, host 'x')", 31,
         "syntax error at or near \",\""},
        {"create connection c to mysql (host 'x',, port 1)", 40,
         "syntax error at or near \",\""},
        {"create connection c to mysql (host 'x', port 1,,)", 48,
         "syntax error at or near \",\""},
        {"create connection c to mysql (host , port 1)", 36,
         "syntax error at or near \",\""},
        {"create connection c to mysql (host 'x'", 39, "syntax error at end of input"},
        {"create connection c to mysql (host 'x';", 39, "syntax error at or near \";\""},
        {"create connection c to nothing (host 'x')", 24,
         "syntax error at or near \"nothing\""},
        {"create connection c to mysql (host 'x') 'y'", 41,
         "Expected end of statement, found string literal"},
        {"create connection c to mysql (host 'x' 'hunter2')", 40,
         "syntax error at or near \"'<REDACTED>'\""},
        {"create connection c to mysql (password 'hunter2", 40,
         "unterminated quoted string"},
        {"create secret s as 'hunter2", 20, "unterminated quoted string"},
        {"create secret s as 'hunter2' 'x'", 30,
         "syntax error at or near \"'<REDACTED>'\""},
        {"create secret s as", 19, "syntax error at end of input"},
        {"create secret s as 'x', 'y'", 23, NULL},
        {"create secret s as 'x' from t", 24, "syntax error at or near \"from\""},
        {"validate connection", 20, "syntax error at end of input"},
        {"show columns", 13, "syntax error at end of input"},
        {"show create secret s", 20, "syntax error at or near \"s\""},
        {"drop connection a b", 19, "Expected end of statement, found identifier \"b\""},
        {"create source s from kafka connection c (topic 'x'", 51,
         "syntax error at end of input"},
        {"comment on connection c is x", 28, "syntax error at or near \"x\""},
        {"show connections where a +", 27, "syntax error at end of input"},
        {"select * from (show connections foo)", 33,
         "Expected end of statement, found identifier \"foo\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        error_clear(&err);
        enum rc rc = sql_parse(arena, bytes_of_text(cases[i].text), &list, &err);
        if (cases[i].message == NULL)
            continue;
        if (rc != RC_FAILED || err.state != SQLSTATE_SYNTAX_ERROR ||
            err.position != cases[i].position ||
            strcmp(err.message, cases[i].message) != 0)
            fail_msg("%s: %d %s at %d", cases[i].text, (int)rc, err.message,
                     err.position);
        assert_null(strstr(err.message, "hunter2"));
    }
}

static void placeholders_get_a_hint(void **state)
{
    (void)state;
    const char *text = "CREATE CONNECTION ssh_connection TO SSH TUNNEL (\n"
                       "    HOST '<SSH_BASTION_HOST>',\n    USER '<SSH_BASTION_USER>',\n"
                       "    PORT <SSH_BASTION_PORT>\n);";
    assert_int_equal(sql_parse(arena, bytes_of_text(text), &list, &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_SYNTAX_ERROR);
    assert_string_equal(err.message, "syntax error at or near \"<\"");
    assert_string_equal(
        err.hint, "Replace the placeholder <SSH_BASTION_PORT> with a value of your own.");
}

static void other_statements(void **state)
{
    (void)state;
    struct ast_drop *drop = parse("drop connection if exists a.b, \"C\" cascade")->drop;
    assert_int_equal(drop->object, SQL_OBJECT_CONNECTION);
    assert_true(drop->if_exists && drop->cascade);
    assert_int_equal(drop->name_count, 2);
    assert_string_equal(parse("drop secret drop")->drop->names[0].parts[0], "drop");
    struct ast_comment *comment = parse("comment on secret s is 'it''s'")->comment;
    assert_int_equal(comment->object, SQL_OBJECT_SECRET);
    assert_string_equal(comment->text, "it's");
    assert_null(parse("comment on connection c is null")->comment->text);
    struct ast_grant *grant =
        parse("grant usage, create role on secret a, b to r, s with grant option")->grant;
    assert_int_equal(grant->object, SQL_OBJECT_SECRET);
    assert_string_equal(grant->privileges[1].name, "create role");
    assert_true(grant->with_grant_option);
    grant = parse("revoke all privileges on connection c from r cascade")->grant;
    assert_int_equal(grant->privilege_count, 0);
    assert_true(grant->cascade);
    assert_int_equal(parse("grant select on secret to r")->grant->object,
                     SQL_OBJECT_TABLE);
    struct ast_statement *set = parse("show cluster");
    assert_int_equal(set->kind, STATEMENT_SHOW);
    struct ast_explain_connection *explain =
        parse("explain analyze connection c to 'a:1'")->explain_connection;
    assert_true(explain->is_analyze);
    assert_string_equal(explain->to, "a:1");
    assert_int_equal(explain->to_span.from, 32);
    struct ast_alter_secret *alter = parse("alter secret s as 'x' || $1")->alter_secret;
    assert_int_equal(alter->value->kind, EXPRESSION_OPERATOR);
    assert_int_equal(alter->value->span.from, 22);
    struct ast_create_secret *create =
        parse("create secret if not exists s as decode('eA==', 'base64')")->create_secret;
    assert_true(create->if_not_exists);
    assert_int_equal(create->value->kind, EXPRESSION_CALL);
    assert_int_equal(create->value->span.from, 33);
    assert_int_equal(parse("show secrets where name = $2")->parameter_count, 2);
}

static void identifiers_are_quoted_as_needed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"abc", "abc"},
        {"Abc", "\"Abc\""},
        {"a b", "\"a b\""},
        {"1a", "\"1a\""},
        {"_1", "_1"},
        {"select", "\"select\""},
        {"name", "name"},
        {"a\"b", "\"a\"\"b\""},
        {"", "\"\""},
        {"user", "\"user\""},
        {"xmltable", "\"xmltable\""},
        {"all", "\"all\""},
        {"host", "host"},
        {"a$b", "\"a$b\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_string_equal(sql_quote_identifier(arena, cases[i][0]), cases[i][1]);
    assert_string_equal(sql_quote_literal(arena, "a'b"), "'a''b'");
    assert_string_equal(sql_quote_literal(arena, "a\\b"), "E'a\\\\b'");
}

static void redaction(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"create secret s as 'hunter2'", "create secret s as '<REDACTED>'"},
        {"create secret s as 'a' || E'b' -- 'c'\n", "create secret s as '<REDACTED>' || "
                                                    "'<REDACTED>'"},
        {"alter secret s as $x$hunter2$x$; select 'ok'",
         "alter secret s as '<REDACTED>'; select 'ok'"},
        {"create secret s as 'hunter2", "create secret s as ..."},
        {"create connection c to mysql (host 'h', password hunter2, ssl key = \"x y\")",
         "create connection c to mysql (host '<REDACTED>', password '<REDACTED>', ssl "
         "key = "
         "'<REDACTED>')"},
        {"create connection c to mysql (password secret s)",
         "create connection c to mysql (password secret s)"},
        {"create role r login password 'hunter2'",
         "create role r login password '<REDACTED>'"},
        {"select 1 /* x */ , 'a'", "select 1 /* x */ , 'a'"},
        {"select 'abc\xff", "select ..."},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_string_equal(sql_redact(arena, bytes_of_text(cases[i][0])), cases[i][1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_guide_is_read),
        TEST(printing_and_parsing_agree),
        TEST(forms_of_options),
        TEST(errors),
        TEST(placeholders_get_a_hint),
        TEST(other_statements),
        TEST(identifiers_are_quoted_as_needed),
        TEST(redaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
