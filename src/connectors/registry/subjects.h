#ifndef CONNECTORS_REGISTRY_SUBJECTS_H
#define CONNECTORS_REGISTRY_SUBJECTS_H

#include "base/bytes.h"

/* Is this what GET /subjects answers: a JSON array (RFC 8259) of strings? Tells how many.
 */
bool registry_subjects_count(struct bytes text, size_t *count_out);

#endif
