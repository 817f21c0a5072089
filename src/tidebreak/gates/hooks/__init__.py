"""Call-outs over HTTP: nginx, tus servers, object stores, pict-rs, and whoever posts bytes."""
