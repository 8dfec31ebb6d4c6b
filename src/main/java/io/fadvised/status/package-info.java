/** The state of the engine as flat values and as JSON. */
@NullMarked
package io.fadvised.status;

import org.jspecify.annotations.NullMarked;
