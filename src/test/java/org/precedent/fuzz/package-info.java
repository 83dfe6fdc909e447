/** Seeded executions of everything that reads what anybody may have sent. */
@NullMarked
package org.precedent.fuzz;

import org.jspecify.annotations.NullMarked;
