/** The run of a cure, step by step, and its way back. */
@NullMarked
package io.fadvised.cli.cure;

import org.jspecify.annotations.NullMarked;
