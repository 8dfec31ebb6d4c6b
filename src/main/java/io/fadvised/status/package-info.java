/** What the engine knows, flattened for showing: as values, and as JSON for other programs. */
@NullMarked
package io.fadvised.status;

import org.jspecify.annotations.NullMarked;
