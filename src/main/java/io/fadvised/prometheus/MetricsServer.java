package io.fadvised.prometheus;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves {@code GET /metrics} over HTTP. Bounded: two requests at a time, 16 connections, ten
 * seconds to send a request, and thirty to take the answer.
 */
final class MetricsServer implements AutoCloseable {
  private static final String PATH = "/metrics";
  private static final int THREADS = 2;
  private static final int MAX_CONNECTIONS = 16;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int IDLE_SECONDS = 10;

  static {
    // Read once, when the JDK loads its server. There is no other way to set them.
    System.setProperty("sun.net.httpserver.maxReqTime", "10");
    System.setProperty("sun.net.httpserver.maxRspTime", "30");
    System.setProperty("sun.net.httpserver.idleInterval", Integer.toString(IDLE_SECONDS));
    System.setProperty("jdk.httpserver.maxConnections", Integer.toString(MAX_CONNECTIONS));
  }

  private final Exposition exposition;
  private final HttpServer server;
  private final ThreadPoolExecutor threads;

  private MetricsServer(InetSocketAddress address, Exposition exposition) throws IOException {
    this.exposition = exposition;
    server = HttpServer.create(address, MAX_CONNECTIONS);
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_CONNECTIONS),
            MetricsServer::thread);
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
  }

  /**
   * Listens.
   *
   * @throws IOException if the address is in use, or is not one of this host
   */
  static MetricsServer start(InetSocketAddress address, Exposition exposition) throws IOException {
    MetricsServer server = new MetricsServer(address, exposition);
    server.server.start();
    return server;
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "fadvised-metrics");
    thread.setDaemon(true);
    return thread;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestURI().getPath().equals(PATH)) {
        exchange.sendResponseHeaders(404, -1);
      } else if (!exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET");
        exchange.sendResponseHeaders(405, -1);
      } else {
        exchange.getResponseHeaders().set("Content-Type", PrometheusTextFormatWriter.CONTENT_TYPE);
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out =
            new BufferedOutputStream(exchange.getResponseBody(), BUFFER_BYTES)) {
          exposition.writeTo(out);
        }
      }
    }
  }
}
