import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Properties;

/**
 * What pgjdbc makes of the server's answers, a line for each: "label: answer".
 * java -cp postgresql.jar Typed.java HOST PORT USER DATABASE [STATEMENTS...]
 */
public class Typed {
    static final String TYPED = "SELECT 1::int2 AS small, -2::int4 AS plain, "
            + "9007199254740993::int8 AS big, 0.5::float8 AS float, 12.340::numeric AS number, "
            + "true AS yes, 'ünï ''x'''::text AS words, 'n'::name AS name, "
            + "'\\x00ff'::bytea AS bytes, '2026-01-02 03:04:05.678901+00'::timestamptz AS moment, "
            + "ARRAY[1, 2, NULL]::int4[] AS numbers, ARRAY['a', 'b\"c', NULL] AS texts, "
            + "NULL::text AS nothing, 20000::oid AS oid";

    static String shown(Object value) throws SQLException {
        if (value instanceof byte[] bytes) {
            return "bytes " + HexFormat.of().formatHex(bytes);
        }
        if (value instanceof Array array) {
            return Arrays.toString((Object[]) array.getArray());
        }
        return String.valueOf(value);
    }

    static String rows(ResultSet result) throws SQLException {
        ResultSetMetaData columns = result.getMetaData();
        StringBuilder text = new StringBuilder();
        while (result.next()) {
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                Object value = columns.getColumnTypeName(i).equals("timestamptz")
                        ? result.getObject(i, OffsetDateTime.class) : result.getObject(i);
                text.append(columns.getColumnLabel(i)).append(' ')
                        .append(columns.getColumnTypeName(i)).append(' ')
                        .append(shown(value)).append("; ");
            }
        }
        return text.toString();
    }

    static String attempt(Connection connection, String sql) {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql) ? rows(statement.getResultSet()) : "done";
        } catch (SQLException error) {
            return "error " + error.getSQLState();
        }
    }

    static void parameters(Connection connection) throws SQLException {
        String sql = "SELECT ?::int4 + 1 AS a, ?::text || '!' AS b, ?::bool AS c, ?::text AS d, "
                + "?::int8 AS e, ?::timestamptz AS f, ?::int4[] AS g";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            // From the fifth run on pgjdbc keeps the statement and asks for binary.
            for (int run = 1; run <= 7; run++) {
                statement.setInt(1, 40 + run);
                statement.setString(2, "ö");
                statement.setBoolean(3, run % 2 == 0);
                statement.setNull(4, Types.VARCHAR);
                statement.setLong(5, 1L << 60);
                statement.setObject(6, OffsetDateTime.parse("2026-01-02T03:04:05.678901Z"));
                statement.setArray(7, connection.createArrayOf("int4", new Object[] {1, 2, run}));
                System.out.println("parameters: " + rows(statement.executeQuery()));
            }
        }
    }

    static void transaction(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        System.out.println("in transaction: " + attempt(connection, "SELECT 1 / 0"));
        System.out.println("in transaction: " + attempt(connection, "SELECT 1"));
        connection.rollback();
        System.out.println("after: " + attempt(connection, "SELECT 2 AS two"));
        connection.commit();
        connection.setAutoCommit(true);
    }

    static void typed(Connection connection) throws SQLException {
        for (int run = 1; run <= 6; run++) {
            try (PreparedStatement statement = connection.prepareStatement(TYPED)) {
                System.out.println("typed: " + rows(statement.executeQuery()));
            }
        }
    }

    public static void main(String[] words) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", words[2]);
        properties.setProperty("sslmode", "disable");
        String url = "jdbc:postgresql://" + words[0] + ":" + words[1] + "/" + words[3];
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            DatabaseMetaData about = connection.getMetaData();
            System.out.println("version: " + about.getDatabaseMajorVersion());
            typed(connection);
            parameters(connection);
            for (String sql : new String[] {"SELECT * FROM no_such_table", "SELECT 1 +",
                    "SELECT 1 / 0", "SELECT 'x'::int4"}) {
                System.out.println(sql + ": " + attempt(connection, sql));
            }
            transaction(connection);
            for (int i = 4; i < words.length; i++) {
                System.out.println("statement: " + attempt(connection, words[i]));
            }
        }
    }
}
