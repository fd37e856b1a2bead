#ifndef CATALOG_RELATION_TABLES_H
#define CATALOG_RELATION_TABLES_H

#include "catalog/relation_row.h"

/* Users' relations in base_relations and base_columns (relation_self.c). */
enum rc relation_tables_relations(const struct system_scan *scan,
                                  struct relation_row *row, struct error *err) MUST_USE;
enum rc relation_tables_columns(const struct system_scan *scan, struct relation_row *row,
                                struct error *err) MUST_USE;

#endif
