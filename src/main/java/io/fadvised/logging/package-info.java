/** Log lines for the journal, with their priority, or for a terminal. */
@NullMarked
package io.fadvised.logging;

import org.jspecify.annotations.NullMarked;
