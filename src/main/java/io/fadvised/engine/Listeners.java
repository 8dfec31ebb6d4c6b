package io.fadvised.engine;

import io.fadvised.policy.Reason;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls all listeners; an exception in one of them is logged. */
final class Listeners implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  private final List<EngineListener> listeners;

  Listeners(List<EngineListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public void appeared(DeviceReport device) {
    callEach(listener -> listener.appeared(device));
  }

  @Override
  public void disappeared(String device) {
    callEach(listener -> listener.disappeared(device));
  }

  @Override
  public void swept(SweepReport sweep) {
    callEach(listener -> listener.swept(sweep));
  }

  @Override
  public void skipped(String device, Reason reason) {
    callEach(listener -> listener.skipped(device, reason));
  }

  @Override
  public void changed(DeviceReport device) {
    callEach(listener -> listener.changed(device));
  }

  @Override
  public void directIo(DeviceReport device) {
    callEach(listener -> listener.directIo(device));
  }

  @Override
  public void hostProblem(String message) {
    callEach(listener -> listener.hostProblem(message));
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    callEach(listener -> listener.ticked(snapshot));
  }

  @Override
  public void measured(EngineSnapshot snapshot) {
    callEach(listener -> listener.measured(snapshot));
  }

  private void callEach(Consumer<EngineListener> event) {
    for (EngineListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        log.error("a listener failed, continuing", e);
      }
    }
  }
}
