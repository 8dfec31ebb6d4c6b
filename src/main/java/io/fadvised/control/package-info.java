/** What an operator can ask of the running daemon. */
@NullMarked
package io.fadvised.control;

import org.jspecify.annotations.NullMarked;
