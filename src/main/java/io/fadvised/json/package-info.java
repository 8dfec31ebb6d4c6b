/** Records as JSON. */
@NullMarked
package io.fadvised.json;

import org.jspecify.annotations.NullMarked;
