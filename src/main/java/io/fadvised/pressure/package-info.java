/** How hard memory is pressed: what /proc says of it at one moment, and when to look. */
@NullMarked
package io.fadvised.pressure;

import org.jspecify.annotations.NullMarked;
