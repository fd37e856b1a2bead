#ifndef SQL_EXEC_OPERATOR_TABLE_H
#define SQL_EXEC_OPERATOR_TABLE_H

#include "sql/exec/execute_internal.h"
#include "sql/exec/heap.h"

/* A table that an execution reads, opened once; as of the execution's start. */
struct execution_heap {
    struct execution_heap *next;
    struct heap *heap;
};

enum rc execution_heap(struct execution *execution, const struct table *table,
                       struct heap **heap_out, struct error *err) MUST_USE;

#endif
