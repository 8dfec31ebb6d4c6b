/** Takes an operator's requests to the running daemon, and answers them. */
@NullMarked
package io.fadvised.control;

import org.jspecify.annotations.NullMarked;
