package io.fadvised.engine;

import io.fadvised.policy.Reason;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All listeners as one; a failing one never ends the engine. */
final class Listeners implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  private final List<EngineListener> listeners;

  Listeners(List<EngineListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public void appeared(DeviceReport device) {
    tell(listener -> listener.appeared(device));
  }

  @Override
  public void disappeared(String device) {
    tell(listener -> listener.disappeared(device));
  }

  @Override
  public void swept(SweepReport sweep) {
    tell(listener -> listener.swept(sweep));
  }

  @Override
  public void skipped(String device, Reason reason) {
    tell(listener -> listener.skipped(device, reason));
  }

  @Override
  public void changed(DeviceReport device) {
    tell(listener -> listener.changed(device));
  }

  @Override
  public void directIo(DeviceReport device) {
    tell(listener -> listener.directIo(device));
  }

  @Override
  public void hostProblem(String message) {
    tell(listener -> listener.hostProblem(message));
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    tell(listener -> listener.ticked(snapshot));
  }

  private void tell(Consumer<EngineListener> what) {
    for (EngineListener listener : listeners) {
      try {
        what.accept(listener);
      } catch (RuntimeException e) {
        log.error("a listener failed, continuing", e);
      }
    }
  }
}
