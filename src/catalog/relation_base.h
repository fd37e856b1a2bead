#ifndef CATALOG_RELATION_BASE_H
#define CATALOG_RELATION_BASE_H

#include "catalog/relation.h"

/* The base relations and the views, one table each; see relation.h. */
extern const struct system_relation relation_base_table[];
extern const size_t relation_base_count;
extern const struct system_relation relation_view_table[];
extern const size_t relation_view_count;

#endif
