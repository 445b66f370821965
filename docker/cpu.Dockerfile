# edubias without a GPU. From the project's root:
#   docker build -f docker/cpu.Dockerfile -t edubias:cpu .
#   docker run --rm -it -v "$PWD/outputs:/app/outputs" edubias:cpu train
FROM python:3.11-slim
WORKDIR /app
COPY constraints.txt pyproject.toml README.md LICENSE NOTICE ./
# PyTorch's CPU build: the default one brings several GB of CUDA libraries.
RUN pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu \
    "$(grep '^torch==' constraints.txt)"
COPY src src
COPY data data
RUN pip install --no-cache-dir -c constraints.txt ".[embedded,documents,quant,track,sweep]" \
    && edubias model prepare
ENTRYPOINT ["edubias"]
CMD ["--help"]
